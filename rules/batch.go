package rules

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// batchSize is how many rules one core takes at a time: enough that asking for more
// costs nothing, few enough that all cores end at about the same time.
const batchSize = 1024

// batches is how many batches n rules make.
func batches(n int) int { return (n + batchSize - 1) / batchSize }

// inBatches calls do for all batches of n rules, on as many cores as there are,
// and returns when all is done.
func inBatches(n int, do func(no, from, to int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), batches(n)) {
		workers.Go(func() {
			for no := int(next.Add(1)) - 1; no < batches(n); no = int(next.Add(1)) - 1 {
				do(no, no*batchSize, min((no+1)*batchSize, n))
			}
		})
	}
	workers.Wait()
}
