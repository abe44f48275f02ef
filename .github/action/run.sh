#!/usr/bin/env bash
# What action.yml runs: finds, downloads or builds a plainsail and becomes it.
# The inputs come as INPUT_... variables. plainsail itself writes the
# annotations, the step's summary and its outputs.
#
# It runs on the runner's own bash, which on macOS is 3.2.
set -euo pipefail

# Nothing but plainsail gets the token, least of all what builds it.
token=${INPUT_TOKEN:-}
unset INPUT_TOKEN

# fail MESSAGE ends the step with an annotation. The message may hold what a
# user typed, so it is escaped: a line of its own could be another command.
fail() {
	local message=$1
	message=${message//'%'/%25}
	message=${message//$'\r'/%0D}
	message=${message//$'\n'/%0A}
	printf '::error title=plainsail action::%s\n' "$message" >&2
	exit 3
}

# is_true NAME VALUE reads an input that is true or false.
is_true() {
	case $2 in
	true) return 0 ;;
	false) return 1 ;;
	esac
	fail "input $1: \"$2\" is neither true nor false"
}

# split TEXT puts the words of a text into the array words. Patterns in them
# are not expanded.
split() {
	words=()
	IFS=$' \t\r\n' read -r -d '' -a words <<<"$1" || true
}

sha256_of() {
	local sum
	if command -v sha256sum >/dev/null; then
		sum=$(sha256sum <"$1")
	else
		sum=$(shasum -a 256 <"$1")
	fi
	printf '%s' "${sum%% *}"
}

# fetch URL FILE
fetch() {
	curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --output "$2" "$1" ||
		fail "cannot download $1; input version names a release, or leave it out to build plainsail from the action's files"
}

# download VERSION DIR gets a released plainsail. Its checksum is compared
# before anything in the archive is looked at.
download() {
	local version=v${1#v} dir=$2 os arch archive want got
	case $(uname -s) in
	Linux) os=linux ;;
	Darwin) os=darwin ;;
	*) fail "there is no plainsail for $(uname -s); the action runs on Linux and macOS" ;;
	esac
	case $(uname -m) in
	x86_64 | amd64) arch=amd64 ;;
	aarch64 | arm64) arch=arm64 ;;
	*) fail "there is no plainsail for $(uname -m); the action runs on amd64 and arm64" ;;
	esac
	archive=plainsail_${version#v}_${os}_${arch}.tar.gz
	local from=${PLAINSAIL_RELEASES:-https://github.com/plainsail/plainsail/releases/download}/$version
	fetch "$from/checksums.txt" "$dir/checksums.txt"
	fetch "$from/$archive" "$dir/$archive"
	want=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$dir/checksums.txt")
	got=$(sha256_of "$dir/$archive")
	[ -n "$want" ] || fail "checksums.txt of $version has no line for $archive"
	[ "$got" = "$want" ] || fail "$archive of $version has the SHA-256 sum $got, but checksums.txt says $want"
	tar -xzf "$dir/$archive" -C "$dir" plainsail || fail "$archive of $version holds no plainsail"
}

# build SOURCE DIR builds plainsail from the action's own files.
build() {
	command -v go >/dev/null ||
		fail "there is no Go to build plainsail with; add a step with actions/setup-go, or name a release in input version"
	# The commit that the action is pinned to; the runner unpacks it without git.
	local flags="-s -w"
	if [[ ${ACTION_REF:-} =~ ^[0-9a-f]{40}$ ]]; then
		flags="$flags -X main.version=devel-$ACTION_REF"
	fi
	(cd "$1" && CGO_ENABLED=0 GOWORK=off go build -trimpath -ldflags "$flags" -o "$2/plainsail" ./cmd/plainsail) ||
		fail "plainsail does not build; the log above says why"
}

# Everything that the user can get wrong comes before the download.
[ "$INPUT_COMMAND" = render ] || fail "input command: \"$INPUT_COMMAND\" is not known; there is only render so far"
arguments=("$INPUT_COMMAND" "--directory=${INPUT_DIRECTORY:-.}" --push)
is_true push "$INPUT_PUSH" || arguments+=(--dry-run)
if is_true allow-dirty "$INPUT_ALLOW_DIRTY"; then arguments+=(--allow-dirty); fi
split "${INPUT_ENV//,/ }"
for word in ${words[@]+"${words[@]}"}; do arguments+=("--env=$word"); done
split "${INPUT_APP//,/ }"
for word in ${words[@]+"${words[@]}"}; do arguments+=("--app=$word"); done
split "$INPUT_ARGS"
arguments+=(${words[@]+"${words[@]}"})

release='^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$'
version=$INPUT_VERSION
[ -z "$version" ] || [[ $version =~ $release ]] || fail "input version: \"$version\" is no release, such as v1.2.3"
[ -n "$version" ] || ! [[ ${ACTION_REF:-} =~ $release ]] || version=$ACTION_REF

if [ -n "$INPUT_BINARY" ]; then
	plainsail=$INPUT_BINARY
	# Never a command of that name from the PATH.
	case $plainsail in */*) ;; *) plainsail=./$plainsail ;; esac
	if [ ! -f "$plainsail" ] || [ ! -x "$plainsail" ]; then
		fail "input binary: $INPUT_BINARY is no program"
	fi
else
	# Outside the checkout, which must stay clean.
	dir=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/plainsail.XXXXXX")
	if [ -n "$version" ]; then
		download "$version" "$dir"
	else
		build "$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)" "$dir"
	fi
	plainsail=$dir/plainsail
fi

# A variable is the one place where no list of processes shows it. GITHUB_TOKEN
# goes to the host of GITHUB_SERVER_URL alone.
if [ -n "$token" ]; then
	export GITHUB_TOKEN=$token
fi
exec "$plainsail" "${arguments[@]}"
