#!/usr/bin/env bash
# The boot test's inner half: runs as root under a systemd that was booted for
# it (see boot.sh), and shows that the unit keeps its promises. The first
# broken one ends it.
set -Eeuo pipefail

readonly conf=/etc/feedwatch/feedwatch.yaml
readonly dropin=/etc/systemd/system/feedwatch.service.d
readonly unit=/usr/lib/systemd/system/feedwatch.service
readonly world=/srv/origin # what the origin serves and writes down
readonly endpoint=http://127.0.0.1:8780
readonly secret=whsec_Ym9vdC10ZXN0LW9mLWZlZWR3YXRjaC0zMi1ieXRlcw==

mark=$(date +%s%3N)
kept() { # says that a promise holds, and what showing it took
  local now
  now=$(date +%s%3N)
  printf 'kept  %6d ms  %s\n' $((now - mark)) "$*"
  mark=$now
}
broken() {
  printf 'BROKEN            %s\n' "$*"
  journalctl --no-pager -o short-monotonic -u feedwatch -u origin | tail -n 60
  exit 1
}
trap 'broken "line $LINENO: $BASH_COMMAND"' ERR

eventually() { # SECONDS COMMAND...: until the command succeeds
  local end=$((SECONDS + $1))
  until "${@:2}"; do
    ((SECONDS <= end)) || broken "line ${BASH_LINENO[0]}: not in $1 s: ${*:2}"
    sleep 0.05
  done
}
show() { systemctl show -P "$1" feedwatch; }
fetch() { curl -fsS --max-time 5 "$endpoint$1"; }
# Not `journalctl | grep -q`: grep would close the pipe early, and pipefail
# would call that a failure.
logged() { journalctl --no-pager -o cat -u feedwatch | grep -e "$1" >/dev/null; }
is() { [ "$("${@:2}")" = "$1" ]; }
# Not `! COMMAND`: bash ends no script over that.
refused() { if "$@" >/dev/null 2>&1; then broken "should have failed: $*"; fi; }

configure() { # FEEDS: the configuration with so many feeds besides the probe
  local i
  {
    echo 'status: {listen: 127.0.0.1:8780}'
    echo 'poll: {schedule: "@every 1s", min_interval: 1s, per_host: 4, host_gap: 10ms}'
    echo 'network: {allow: [127.0.0.0/8]}'
    echo 'packs: [/etc/feedwatch/probe.yaml]'
    echo 'feeds:'
    echo '  - {url: "http://127.0.0.1:9090/probe.xml", name: probe}'
    for ((i = 1; i <= $1; i++)); do
      echo "  - {url: \"http://127.0.0.1:9090/other-$i.xml\", name: other-$i, schedule: '@every 1h'}"
    done
    echo 'receivers:'
    echo '  - {name: hook, webhook: {url: "http://127.0.0.1:9090/hook", secret: {credential: hook-secret}}}'
  } >$conf
}

published=0
publish() { # puts one more item into the probe's feed, in one step
  published=$((published + 1))
  {
    echo "<item><title>Probe qx${published}z $(head -c 40 /dev/urandom | base64 -w0 | tr -dc '[:lower:]')</title>"
    echo "<link>http://example.com/$published</link><guid>$published</guid>"
    echo "<pubDate>$(date -R)</pubDate></item>"
  } >>$world/items
  feed $world/items >$world/new
  mv $world/new $world/feeds/probe.xml
}
feed() {
  echo '<rss version="2.0"><channel><title>Probe</title><link>http://example.com/</link>'
  cat "$1"
  echo '</channel></rss>'
}

polled() { [ "$(grep -c probe.xml $world/gets)" -ge "$1" ]; }
poll_twice() { # so that what was published before is committed
  local now
  now=$(grep -c probe.xml $world/gets || :)
  eventually 20 polled $((now + 2))
}
calls() { # ITEM STATUS: ids under which the item was posted and answered so
  grep -e "\"status\":$2" $world/posts | grep -e "qx$1z" |
    sed 's/^{"id":"\([^"]*\)".*/\1/' | sort -u
}
told() { [ -n "$(calls "$1" 204)" ]; }
tried_in_vain() { [ -n "$(calls "$1" 503)" ]; }
told_once() { [ "$(calls "$1" 204 | wc -l)" = 1 ]; } # or again under the same id
posted() { grep -c "qx$1z" $world/posts || :; }

drop_in() { # NAME LINE...: a drop-in for the unit, in force
  printf '%s\n' "${@:2}" >"$dropin/$1.conf"
  systemctl daemon-reload
}
other_process() { # OLD-PID: another process serves now
  local pid
  pid=$(show MainPID)
  [ "$pid" != 0 ] && [ "$pid" != "$1" ] && is active show ActiveState
}
kill_nine() {
  local pid
  pid=$(show MainPID)
  kill -9 "$pid"
  eventually 10 other_process "$pid"
}

# --- the world around the daemon ---------------------------------------------

mkdir -p $world/feeds $dropin
cat >/etc/feedwatch/probe.yaml <<'END'
rules:
  - {name: probe, query: probe, alert: item, receivers: [hook], tests: {match: [a probe]}}
END
: >$world/items
: >$world/gets
: >$world/posts
feed /dev/null >$world/feeds/empty.xml
for i in 1 2 3 4 5; do cp $world/feeds/empty.xml "$world/feeds/other-$i.xml"; done
install -m 0600 /dev/null /etc/feedwatch/hook-secret
printf '%s' $secret >/etc/feedwatch/hook-secret
systemd-run --quiet --unit origin /usr/bin/origin serve -dir $world -secret /etc/feedwatch/hook-secret
eventually 5 curl -fso /dev/null http://127.0.0.1:9090/empty.xml
systemctl --version | head -n 1
mark=$(date +%s%3N)

# --- hardening ---------------------------------------------------------------

[ -z "$(systemd-analyze verify $unit 2>&1)" ]
kept 'systemd-analyze verify has nothing to say'

is $((256 << 20)) show MemoryMax
is 64 show TasksMax
systemd-run --quiet --pipe --wait -p StateDirectory=check \
  /usr/bin/feedwatch check --config $conf >/dev/null
kept 'the shipped limits are taken, and the shipped configuration is valid'

systemd-analyze security --offline=true --threshold=11 $unit >/dev/null
kept 'exposure is at most 1.1'

# Where it is read by nobody, in the unit as it ships but for the program: what
# the sandbox forbids must be possible without it, or the test shows nothing.
ip addr add 169.254.169.254/32 dev lo
systemd-run --quiet --unit metadata /usr/bin/origin serve -listen 169.254.169.254:80 \
  -dir $world -secret /etc/feedwatch/hook-secret
eventually 5 curl -fso /dev/null http://169.254.169.254/empty.xml
sed -e 's|^ExecStart=.*|ExecStart=/usr/bin/origin probe 169.254.169.254:80|' -e '/^ExecReload=/d' \
  -e 's|^ExecPaths=.*|ExecPaths=/usr/bin/origin|' -e 's|^Type=.*|Type=oneshot|' \
  -e '/^Restart/d' -e '/^WatchdogSec=/d' -e 's|^\(State\|Runtime\)Directory=.*|\1Directory=probe|' \
  $unit >/etc/systemd/system/probe.service
systemctl daemon-reload
systemctl start probe
inside=$(journalctl -o cat -u probe | grep -e ': denied\|: possible')
outside=$(/usr/bin/origin probe 169.254.169.254:80)
[ "$(grep -c ': possible' <<<"$outside")" = 6 ] || broken "without the unit: $outside"
[ "$(grep -c ': denied' <<<"$inside")" = 6 ] || broken "inside the unit: $inside"
kept 'inside the unit no write outside its folders, no other program, no link-local address'

# --- credentials -------------------------------------------------------------

configure 0
publish # what is there at the first poll makes no alert
drop_in credential '[Service]' LoadCredential=hook-secret:/etc/feedwatch/no-such-file
# Restarts are quick here, and as many as the test wants.
drop_in restart '[Unit]' StartLimitIntervalSec=0 '[Service]' RestartSec=200ms
refused systemctl start feedwatch
is 243 show ExecMainStatus
systemctl stop feedwatch
kept 'a credential whose file is missing: 243, before the daemon starts'

drop_in credential '[Service]' LoadCredential=hook-secret:/etc/feedwatch/hook-secret

# --- start -------------------------------------------------------------------

systemctl start feedwatch
is active show ActiveState
fetch /readyz >/dev/null
kept 'systemctl start returns when the daemon is ready'

[ -n "$(show StatusText)" ]
kept "STATUS says: $(show StatusText)"

poll_twice
publish
eventually 20 told 2
kept 'a feed is polled, and a new item becomes an alert'

grep -e qx2z $world/posts | grep -e '"signed":true' >/dev/null
{
  journalctl --no-pager -o cat
  for page in / /status /metrics; do fetch $page; done
} >$world/shown
refused grep -e "${secret#whsec_}" $world/shown
kept 'the credential signs, and is in no journal, page or metric'

# --- reload ------------------------------------------------------------------

for i in 1 2 3 4 5; do
  configure "$i"
  systemctl reload feedwatch
  fetch /status | grep -e "other-$i" >/dev/null || broken "reload $i came back before it was done"
done
kept 'five reloads in order, each done when systemctl returns'

pid=$(show MainPID)
echo 'feds: []' >>$conf
refused systemctl reload feedwatch
is active show ActiveState
is "$pid" show MainPID
fetch /status | grep -e other-5 >/dev/null
logged "feedwatch.yaml:$(wc -l <$conf):1:" || broken 'the reload did not name the place'
fetch /metrics | grep -x 'feedwatch_config_last_reload_successful 0' >/dev/null
show StatusText | grep -e 'last reload failed' >/dev/null
publish
eventually 20 told 3
kept 'a broken file: reload fails and names its place, the old configuration goes on'

# --- death and return --------------------------------------------------------

configure 0
systemctl reload feedwatch
touch $world/down
publish
eventually 20 tried_in_vain 4
kill_nine
rm $world/down
eventually 90 told 4
told_once 4
kept 'kill -9 while the receiver is down: the alert goes out, once'

for ((i = 0; i < 10; i++)); do
  publish
  sleep "0.$((RANDOM % 10))"
  kill_nine
done
for ((i = 5; i <= 14; i++)); do
  eventually 90 told "$i"
  told_once "$i" || broken "item $i was told under several ids"
done
kept 'ten kills among ten items: each alert goes out, once'

drop_in watchdog '[Service]' WatchdogSec=3s
systemctl restart feedwatch
pid=$(show MainPID)
kill -STOP "$pid"
eventually 15 other_process "$pid"
logged 'Watchdog timeout' && logged '^goroutine [0-9]'
publish
eventually 20 told 15
rm $dropin/watchdog.conf
systemctl daemon-reload
kept 'a process that hangs is ended by the watchdog, with its goroutines in the journal, and comes back'

# --- stop, and staying down --------------------------------------------------

systemctl restart feedwatch
began=$(date +%s%3N)
systemctl stop feedwatch
took=$(($(date +%s%3N) - began))
((took < 1000)) || broken "stop took $took ms"
is success show Result
kept "stop in $took ms"

install -d -m 0700 /etc/credstore
mv /etc/feedwatch/hook-secret /etc/credstore/
drop_in credential '[Service]' LoadCredential=hook-secret
systemctl start feedwatch
publish
eventually 20 told 16
grep -e qx16z $world/posts | grep -e '"signed":true' >/dev/null
kept 'a credential from /etc/credstore signs too'

touch $world/slow
publish
eventually 20 is 1 posted 17
systemctl stop feedwatch
is success show Result
rm $world/slow
systemctl start feedwatch
poll_twice
is 1 posted 17
kept 'a stop waits for the delivery under way, which is not repeated'

touch $world/slow
publish
eventually 20 is 1 posted 18
systemctl stop --no-block feedwatch
eventually 5 is deactivating show ActiveState
kill -TERM "$(show MainPID)"
eventually 1 is 0 show MainPID
rm $world/slow
systemctl start feedwatch
eventually 90 is 2 posted 18
told_once 18
kept 'a second SIGTERM ends it at once; the alert goes out again under its own id'

status=0
STATE_DIRECTORY=/var/lib/private/feedwatch CREDENTIALS_DIRECTORY=/etc/credstore \
  feedwatch run --config $conf >/dev/null 2>&1 || status=$?
[ $status = 75 ] || broken "a second daemon on the same state exits $status, not 75"
is active show ActiveState
kept 'a second daemon on the same state: 75, and the first goes on'
systemctl stop feedwatch

echo 'feds: []' >>$conf
refused systemctl start feedwatch
is 78 show ExecMainStatus
restarts=$(show NRestarts)
sleep 1 # five times RestartSec
is failed show ActiveState
is "$restarts" show NRestarts
kept 'a bad configuration: 78, and stays down'

refused told 1
kept 'what was there at the first poll made no alert'
