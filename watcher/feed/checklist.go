// # The checklist
//
// What a reader that feed owners like does, in 78 points (from the feed reader
// scores of Rachel Kroll and of earth.org.uk, the Open RSS guide, and RFC 9110 and
// 9111), with the package that does it and the test that shows it. The tests of
// this package and of egress carry the numbers.
//
//	 1  the first request has no validators                                          feed     TestValidators
//	 2  an ETag goes back byte for byte                                              feed     TestValidators
//	 3  so does Last-Modified, date or not                                           feed     TestValidators
//	 4  both are sent where both were given                                          feed     TestValidators
//	 5  none is invented                                                             feed     TestValidators
//	 6  none comes from the feed's own dates                                         feed     TestValidators
//	 7  the same bytes under a new ETag: the new one counts                          feed     TestValidators
//	 8  a 304 replaces what it names and keeps the rest                              feed     TestValidators
//	 9  a 200 without an ETag drops the old one                                      feed     TestValidators
//	10  validators move only with the commit of what they stand for                  watcher  TestValidatorsMoveOnlyWithTheCommit
//	11  they go to the address they came from and to no other                        feed     TestValidators
//	12  the first request after a restart is conditional                             watcher  TestDayOfPollsIsNeverEarlyAndSurvivesRestarts
//	13  a 304 writes nothing but the feed's state, and is a success                  watcher  TestNotModifiedWritesNothingButTheFeedsState
//	14  a server without validators: the body's hash tells                           feed     TestValidators
//	15  no-store and Expires: 0 do not end conditional requests                      feed     TestValidators
//	16  never more often than configured                                             watcher  TestDayOfPollsIsNeverEarlyAndSurvivesRestarts
//	17  jitter only adds                                                             watcher  TestPlanIsNeverEarly
//	18  max-age, in all its spellings                                                feed     TestFreshness
//	19  less Age                                                                     feed     TestFreshness
//	20  Expires counts only without max-age                                          feed     TestFreshness
//	21  a 304 is heard, too                                                          feed     TestFreshness
//	22  no-cache and max-age=0 make nothing faster                                   feed     TestFreshness
//	23  ttl                                                                          feed     TestWhatAFeedAsksFor
//	24  skipHours                                                                    feed     TestWhatAFeedAsksFor
//	25  skipDays                                                                     feed     TestWhatAFeedAsksFor
//	26  sy:updatePeriod and updateFrequency; updateBase only shifts the phase and is not honoured feed     TestWhatAFeedAsksFor
//	27  hints are capped at a day, and it is told where that bites                   feed     TestFreshness
//	28  the interval follows the feed's habit                                        watcher  TestHabitBendsIntervals
//	29  restarts ask nothing early                                                   watcher  TestDayOfPollsIsNeverEarlyAndSurvivesRestarts
//	30  a clock that jumps costs a poll a feed at most, and delays nothing           watcher  TestClockThatWasAheadDelaysNothing
//	31  one address configured twice is asked once                                   watcher  TestAddressConfiguredTwiceIsAskedOnce
//	32  a round by hand respects pauses, unless forced                               watcher  TestRoundByHandWaitsForNoPausedHost
//	33  429 with Retry-After in seconds                                              feed     TestStatuses
//	34  as a date                                                                    feed     TestStatuses
//	35  503 likewise, and no other status                                            feed     TestStatuses
//	36  Retry-After that is garbage, negative or past says nothing                   feed     TestStatuses
//	37  429 without it: four hours                                                   watcher  TestRefusalOfOneFeedLeavesItsHostOpen
//	38  Retry-After holds for the whole host                                         watcher  TestRetryAfterHoldsForTheWholeHost
//	39  failures back off, and nothing is tried twice                                watcher  TestFailingFeedIsToldOnceAndBacksOff
//	40  404 backs off, 410 ends                                                      watcher  TestGoneFeedComesBackWhenAskedByHand
//	41  401, 403 and 451: four hours, and a challenge is called one                  feed     TestStatuses
//	42  a page where a feed was takes nothing away                                   feed     TestBodiesThatAreNoFeed
//	43  nor does an empty body                                                       feed     TestBodiesThatAreNoFeed
//	44  204, 206 and 226 are known for what they are                                 feed     TestStatuses
//	45  300, and a 304 that nobody asked for, are errors                             feed     TestStatuses
//	46  the first success after errors ends the backoff                              watcher  TestFirstSuccessEndsTheBackoff
//	47  a server that drips meets the deadline and delays no other                   feed     TestADrippingServerMeetsTheDeadline
//	48  permanent redirects are followed and reported                                feed     TestRedirects
//	49  temporary ones are followed only                                             feed     TestRedirects
//	50  only the leading permanent part of a chain counts                            feed     TestRedirects
//	51  five hops at most                                                            feed     TestRedirects
//	52  no Referer                                                                   feed     TestRedirects
//	53  validators on no other address                                               feed     TestRedirects
//	54  secrets to no other origin                                                   feed     TestRedirects
//	55  no way from https to http                                                    feed     TestRedirects
//	56  file:, ftp:, data:, javascript: are refused                                  feed     TestRedirects
//	57  special addresses are refused at the dial                                    egress   TestSpecialBlocksAreRefusedFromEndToEnd
//	58  a redirect onto another feed's address is told, and asked once a day         watcher  TestFeedThatMovedOntoAnotherIsAskedOnceADay
//	59  a permanent redirect to a page moves nothing                                 feed     TestRedirects
//	60  an honest User-Agent                                                         feed     TestRequestShape
//	61  feed types in Accept                                                         feed     TestRequestShape
//	62  gzip, once, within the limit of what is decoded                              feed     TestEncodings
//	63  no cookies                                                                   feed     TestRequestShape
//	64  the address as it is configured, byte for byte                               feed     TestRequestShape
//	65  one GET and nothing else                                                     feed     TestRequestShape
//	66  connections are used again                                                   feed     TestRequestShape
//	67  one request to a host at a time, and a gap                                   watcher  TestFeedsOfOneHostAreAskedOneByOne
//	68  so many in all                                                               watcher  TestNoMoreFeedsAreAskedAtATimeThanConfigured
//	69  a start spreads the first requests                                           watcher  TestStartSpreadsTheFirstRequests
//	70  no storm when the network comes back                                         watcher  TestNetworkThatComesBackMeetsNoStorm
//	71  5 MB of decoded body                                                         feed     TestBodiesAreBounded
//	72  64 levels of nesting                                                         feed     TestAttributesAndDepthUpToTheBoundAreRead
//	73  5,000 entries, the first ones                                                feed     TestEntriesBeyondTheBoundAreLeftOut
//	74  limits of headers and times                                                  egress   TestHugeResponseHeadersAreAnError
//	75  a body short of its length is an error                                       feed     TestBodiesAreBounded
//	76  kill -9 loses nothing                                                        cmd      TestNoAlertIsLostOrMadeTwiceThroughThirtyKills
//	77  one item is one alert                                                        watcher  TestNewItemIsToldOnceHoweverOftenItIsListed
//	78  a stop ends what is under way                                                feed     TestCancellationIsSeenAsSuch
//
// Where a point leaves a choice:
//
//   - 15: validators are kept whatever Cache-Control says. We are no cache that
//     serves others; they only spare the server its answer.
//   - 18: of several max-age the first counts, and a malformed one silences Expires
//     (RFC 9111, section 4.2.1).
//   - 24, 25: lists of all hours or all days are ignored, with a warning.
//   - 44: 226 is an error, since no A-IM is sent (RFC 3229).
//   - 55: refused, even if the configuration says https by mistake.
//   - 56: file: is for the very addresses that the configuration names; no redirect,
//     no page and no imported list leads to one.
//   - 73: the rest of a longer feed is the same each time, so that it stays
//     conditional ([Feed].More).
package feed
