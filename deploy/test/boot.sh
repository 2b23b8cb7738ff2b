#!/usr/bin/env bash
# The boot test: builds feedwatch, boots a real systemd that runs it by the
# unit in this folder, and has inside.sh show what the unit promises.
#
#   deploy/test/boot.sh [SUITE...]     Debian suites: trixie (default), bookworm
#
# Needs root, Go, and a booter: a program that is called as
#
#   BOOTER --cache DIR --suite SUITE --copy FILE:/PATH... --timeout SECS SCRIPT
#
# makes a root file system of the suite, boots it, runs SCRIPT in it as root
# and exits as SCRIPT did. FEEDWATCH_BOOT_SYSTEMD names it; the default is
# $FEEDWATCH_SHARED/tools/boot-systemd.sh, FEEDWATCH_SHARED being ../shared
# from the top of the repository. Exit status 77: no booter, nothing tested.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

booter=${FEEDWATCH_BOOT_SYSTEMD:-${FEEDWATCH_SHARED:-../shared}/tools/boot-systemd.sh}
if [ ! -x "$booter" ]; then
  echo "boot test: no booter at $booter (see the head of $0)" >&2
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -trimpath -o "$work/" ./cmd/feedwatch ./deploy/test/origin

for suite in "${@:-trixie}"; do
  printf '== %s\n' "$suite"
  "$booter" --cache "${XDG_CACHE_HOME:-$HOME/.cache}/feedwatch-boot" --suite "$suite" --timeout 300 \
    --copy "$work/feedwatch:/usr/bin/feedwatch" \
    --copy "$work/origin:/usr/bin/origin" \
    --copy "$PWD/deploy/feedwatch.service:/usr/lib/systemd/system/feedwatch.service" \
    --copy "$PWD/deploy/limits.conf:/etc/systemd/system/feedwatch.service.d/limits.conf" \
    --copy "$PWD/deploy/feedwatch.yaml:/etc/feedwatch/feedwatch.yaml" \
    deploy/test/inside.sh
done
