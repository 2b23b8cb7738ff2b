package story

import "strings"

// polishFamilies give the families of what news says is done, and of little else, by
// how Polish words begin, since these have many endings. What texts of a language
// share that is no name is found by the beginnings of words; this finds what they say
// in other words.
var polishFamilies = func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(polishText) {
		f := strings.Fields(line)
		for i := 1; i < len(f); i++ {
			m[f[i]] = f[0]
		}
	}
	return m
}()

const polishText = `
hire dolacz zatrudn przechodzi przejdzi
fire zwoln zwalni wyrzuc odwola
return wraca wroci powrot powroc przywroc
acquire kupuj kupil przejm przejel przejec wykup
sue pozyw pozew pozwal
resign rezygn dymisj odchodz odejsc odejdz
die zmarl zgine smier
win wygra wygryw zwycie
sign podpis
block zablok blokuj
fall spadl spada spadek spadk
rise wzrost wzrosl rosnie
warn ostrzeg
probe sledztw dochodzen
attack zaatak atak
explos wybuch eksploz
flood powodz
quake trzesien
crash katastrof rozbil
arrest areszt zatrzym
elect wybory wyborow wyborach
deal umow porozum
talk rozmow negocj
court sadow sedzi
ban zakaz
delay opozn
hack haker cyberatak wyciek
strik strajk
cut obniz
rais podwyz podnos
`

// leastBeginning is how short a beginning may be.
const leastBeginning = 4

// polishFamily gives the family of a folded word of Polish, or none.
func polishFamily(w string) string {
	for n := min(len(w), 10); n >= leastBeginning; n-- {
		if f := polishFamilies[w[:n]]; f != "" {
			return f
		}
	}
	return ""
}
