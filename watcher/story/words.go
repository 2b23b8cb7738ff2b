package story

import "strings"

// set makes a set of the words of a text.
func set(text string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		m[w] = true
	}
	return m
}

// stopWords say nothing of an event: what is in every text, what news is introduced
// by, days, and what feeds put around photographs.
var stopWords = set(`a an the of to in on at by for from with and or but nor as is are was were be been being it its
this that these those he she his her him they their them we our us you your i my me not no so if than then there here
will would can could may might shall should must do does did done has have had having into onto over under up down out
off about after before during while when where who whom whose which what why how says say said saying according amid
also more most just very new news report reports reported reportedly reporting exclusive breaking update live watch video
between against via per vs all any some such only own same other another each both few many much one two
first last still even yet now today yesterday tomorrow week weeks year years day days month months monday tuesday
wednesday thursday friday saturday sunday january february march april june july august september october november
december get gets got make makes made take takes took go goes going come comes came let want wants like
said tell tells told know known see seen show shows shown set because until since through across around
photo image getty images illustration file ap reuters afp read post appeared article continue reading click full here
s t re ve ll d`)

// families map words, and stems, that say the same in a headline to one of them.
var families = func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(familyText) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		for _, w := range f {
			m[w] = f[0]
		}
	}
	return m
}()

const familyText = `
acquire acquir acquisit buy buys bought purchas buyout takeov takeover merger merg acquisition
block blocks blocked bar bars halt
judge court judg
regulator regul watchdog
invest investor stake
hire hires hired hiring join joins poach snatch land recruit appoint
fire fired fires firing oust ouster sack sacked dismiss axe
return returns reinstat comeback
sue sues suing sued lawsuit suit litig
die dies died dead death killed kill kills deadli
quake earthquake tremor earthquak
win wins won winner award
deal agreement pact agre agreement contract
sign signs signed strike strikes struck ink seal
launch unveil releas announc introduc debut
outage down disrupt disruption outag
chief ceo boss
list listing
uk britain british
us america american
russia russian moscow kremlin
china chinese beijing
ukraine ukrainian kyiv
israel israeli
iran iranian tehran
turkey turkish
france french
germany german
japan japanese
swiss switzerland
india indian
australia australian
canada canadian
spain spanish
italy italian
poland polish
europe european eu
korea korean
mexico mexican
brazil brazilian
aws amazon
quarter quarterly
plane jet aircraft
crash crashed
cut slash
layoff layoffs
job staff employe worker
rise risen rose jump surg soar climb gain
fall fell fallen drop slump plung tumbl sink slid
pentagon dod
probe investig inquiri investigation
talk talks negoti discuss negotiation
warn caution warning
seek want demand
approv clear greenlight permit allow
reject refus deni rebuff
attack assault raid
injur hurt wound injuri injury
rescu save
protest demonstr ralli march
wildfir fire blaze wildfire
shoot shot gunman gunfir shooter shooting
explos blast bomb explosion explod
jail prison imprison sentenc behind
convict guilti
ban prohibit outlaw forbid
plan propos intend
fund financ funding
valu valuat worth
revenu sale turnov
profit earn earnings result
bankrupt insolv bankruptcy
partner allianc partnership alli
end termin scrap abandon cancel axes ditch
delay postpon
expand extend broaden expansion
hack breach cyberattack hacker
elect vote poll election ballot
resign quit
premier pm
soldier troop forc militari army
ceasefir truc
hostag captiv
tariff duti
polic cop police officer
kid child children
compani firm company
cost price
visit trip tour
accus alleg claim accuse
secur safeti
own owner
arrest detain custodi
find found discov
flood floods flooding
nonprofit charit
captur seiz seize captured
lead led head helm
chang shift overhaul
`

// aliases are names that take several words.
var aliases = map[string]string{
	"facebook owner": "meta", "facebook parent": "meta", "google parent": "google", "google owner": "google",
	"united states": "us", "united kingdom": "uk", "white house": "whitehouse", "wall street": "wallstreet",
	"initial public offering": "ipo", "go public": "ipo", "goes public": "ipo", "going public": "ipo", "stock market": "ipo",
	"artificial intelligence": "ai", "department of war": "pentagon", "dept of war": "pentagon", "department of defense": "pentagon",
	"chief executive": "chief", "take over": "acquire", "takes over": "acquire", "took over": "acquire", "board of directors": "board",
}

// aliasesBy gives them by their first word.
var aliasesBy = func() map[string][]alias {
	m := map[string][]alias{}
	for text, name := range aliases {
		f := strings.Fields(text)
		m[f[0]] = append(m[f[0]], alias{f[1:], name})
	}
	return m
}()

type alias struct {
	rest []string
	name string
}

// aliasOf reads a name of several words, and gives the word that stands for it.
func aliasOf(list []word) (name string, used int) {
	for _, a := range aliasesBy[list[0].folded] {
		if n := len(a.rest) + 1; n > used && n <= len(list) && begins(list[1:], a.rest) {
			name, used = a.name, n
		}
	}
	return name, used
}

// stances are pairs of opposites: texts that take both sides tell different news.
var stances = [...][2]string{
	{"rise rises gain", "fall"},
	{"approv clear allow", "reject block deni"},
	{"win", "lose loss lost defeat"},
	{"hire", "fire"},
	{"launch", "end shelv"},
	{"beat exceed", "miss"},
	{"open", "close shut"},
	{"return", "hire"},
	{"rais", "cut lower"},
	{"return", "leav quit resign"},
	{"guilti convict", "acquit innoc"},
}

var stanceBits = func() map[string]uint32 {
	m := map[string]uint32{}
	for i, pair := range stances {
		for side, text := range pair {
			for w := range strings.FieldsSeq(text) {
				m[w] |= 1 << (2*i + side)
			}
		}
	}
	return m
}()

// opposed tells whether two texts take different sides, and neither takes both.
func opposed(a, b uint32) bool {
	const left = 0x55555555
	al, ar := a&left, a>>1&left
	bl, br := b&left, b>>1&left
	onlyL, onlyR := al&^ar, ar&^al
	return onlyL&(br&^bl) != 0 || onlyR&(bl&^br) != 0
}

// acts are families of what headlines say is done, by which the phases of an affair
// differ. There may be 64 of them.
const acts = `acquire block sue hire fire return die win sign launch crash cut rise fall probe talk warn seek approv
reject attack injur rescu protest shoot ban plan fund end delay expand hack elect resign arrest find captur lead chang
visit accus convict jail explos flood outage partner back invest pay sell wildfir`

var actBits = func() map[string]uint64 {
	m := map[string]uint64{}
	for i, w := range strings.Fields(acts) {
		m[w] = 1 << i
	}
	return m
}()
