package story

// weights say how much each feature of a pair counts for being one story. They are
// the work of go test -run TestWeights -update.
var weights = features{
	0:  -6.924,
	1:  2.600,
	2:  2.348,
	3:  2.307,
	4:  2.276,
	5:  1.253,
	6:  1.413,
	7:  1.030,
	8:  0.840,
	9:  -0.456,
	10: -0.928,
	11: 1.150,
	12: 0.443,
	13: 0.082,
	14: -0.028,
	15: -2.909,
	16: -1.326,
	17: -1.593,
	18: 1.371,
	19: 1.913,
	20: 0.669,
}
