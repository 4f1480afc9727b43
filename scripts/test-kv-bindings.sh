#!/usr/bin/env bash
#
# Proves the KV bindings of a running Worker or `bindery serve` from outside, by
# its two data endpoints, and says in colours and by its exit code how they are.
# Needs bash (3.2 or newer) and curl, nothing else. --help says how to call it.

set -uo pipefail

readonly PASSED=0 CRITICAL_FAILED=1 USAGE=2 UNREACHABLE=3 UNAUTHORISED=4
readonly BINDINGS_PATH=/api/v1/data/bindings SELFTEST_PATH=/api/v1/data/kv-self-test
readonly STAGES='binding_check write_test read_test list_test delete_test cleanup_verify'
readonly CRITICAL_STAGES=' binding_check write_test read_test '

usage() {
  cat <<'TEXT'
usage: BASE_URL=URL X_API_KEY=KEY test-kv-bindings.sh [--binding NAME] [--timeout SECONDS]

Asks GET /api/v1/data/bindings and GET /api/v1/data/kv-self-test and prints a line
for each binding and for each of its six stages:
  PASS  it works
  WARN  it does not, but is not critical: a list, a delete, a binding not named critical
  FAIL  a critical binding does not exist, or cannot be written or read
  SKIP  it was not tried: a stage before it failed, or the server does not serve its kind

Environment:
  BASE_URL    where it is served, as in https://api.example.com or http://127.0.0.1:8787
  X_API_KEY   a key of the data endpoints; it appears neither in the output nor in the process list
  NO_COLOR    any value switches colours off; CLICOLOR_FORCE=1 keeps them without a terminal

Options:
  --binding NAME      self-test this KV binding only (default: all); the list of bindings stays whole
  --timeout SECONDS   longest wait for one answer (default 90)
  -h, --help          this text

Exit codes:
  0  all critical tests passed (there may be warnings)
  1  a critical test failed
  2  called wrongly
  3  no answer, or none that could be understood
  4  the API key was not accepted

Examples:
  BASE_URL=http://127.0.0.1:8787 X_API_KEY="$KEY" scripts/test-kv-bindings.sh
  BASE_URL=https://api.example.com X_API_KEY="$KEY" scripts/test-kv-bindings.sh --binding SESSIONS
TEXT
}

# ---- output

setup_colours() {
  red='' green='' yellow='' grey='' plain=''
  if [[ -z ${NO_COLOR:-} ]] && [[ ${CLICOLOR_FORCE:-0} != 0 || ( -t 1 && ${TERM:-dumb} != dumb ) ]]; then
    red=$'\033[31m' green=$'\033[32m' yellow=$'\033[33m' grey=$'\033[90m' plain=$'\033[0m'
  fi
}

# say VERDICT WIDTH LABEL TEXT: a line, and it is counted. The label takes WIDTH columns.
passes=0 warnings=0 failures=0
say() {
  local colour
  case $1 in
    PASS) colour=$green passes=$((passes + 1)) ;;
    WARN) colour=$yellow warnings=$((warnings + 1)) ;;
    FAIL) colour=$red failures=$((failures + 1)) ;;
    *) colour=$grey ;;
  esac
  printf '  %s%s%s  %-*s%s\n' "$colour" "$1" "$plain" "$2" "$3" "$4"
}

advise() { printf '        %sadvice:%s %s\n' "$yellow" "$plain" "$1"; }

# stop CODE MESSAGE [ADVICE]: the end, when there is nothing to judge.
stop() {
  printf '%serror:%s %s\n' "$red" "$plain" "$2" >&2
  [[ -z ${3:-} ]] || printf '%shint:%s %s\n' "$yellow" "$plain" "$3" >&2
  exit "$1"
}

# excerpt TEXT: its beginning, without anything that could steer a terminal.
excerpt() {
  local LC_ALL=C text=$1
  text=${text:0:200}
  printf '%s' "${text//[^[:print:]]/ }"
}

# ---- JSON

# flatten TEXT: fills paths and values with the scalars of a JSON text, in order, as
# in data/summary/can_read and true; an array's items are numbered from 0. Fails if
# the text is no JSON.
paths=() values=()
flatten() {
  local LC_ALL=C rest=$1 text=''
  paths=() values=()
  parse_value '' && skip_space && [[ -z $rest ]]
}

skip_space() {
  case ${rest:0:1} in
    [[:space:]]) rest=${rest#"${rest%%[![:space:]]*}"} ;;
  esac
}

# parse_* take what they read off the front of rest.
parse_value() {
  local literal
  skip_space
  case ${rest:0:1} in
    '{') parse_object "$1" ;;
    '[') parse_array "$1" ;;
    '"') parse_string && paths+=("$1") && values+=("$text") ;;
    *)
      literal=${rest%%[!a-z0-9+.E-]*}
      [[ -n $literal ]] || return 1
      rest=${rest:${#literal}}
      paths+=("$1") values+=("$literal")
      ;;
  esac
}

parse_object() {
  local inside=${1:+$1/}
  rest=${rest:1}
  skip_space
  [[ ${rest:0:1} != '}' ]] || { rest=${rest:1}; return 0; }
  while :; do
    skip_space
    parse_string || return 1
    skip_space
    [[ ${rest:0:1} == ':' ]] || return 1
    rest=${rest:1}
    parse_value "$inside$text" || return 1
    skip_space
    case ${rest:0:1} in
      ,) rest=${rest:1} ;;
      '}') rest=${rest:1}; return 0 ;;
      *) return 1 ;;
    esac
  done
}

parse_array() {
  local inside=${1:+$1/} index=0
  rest=${rest:1}
  skip_space
  [[ ${rest:0:1} != ']' ]] || { rest=${rest:1}; return 0; }
  while :; do
    parse_value "$inside$index" || return 1
    index=$((index + 1))
    skip_space
    case ${rest:0:1} in
      ,) rest=${rest:1} ;;
      ']') rest=${rest:1}; return 0 ;;
      *) return 1 ;;
    esac
  done
}

# parse_string leaves the string in text. Escapes of control characters stay as
# they are written: nothing an answer holds is to steer the terminal.
readonly string_pattern='^"(([^"\]|\\.)*)"'
parse_string() {
  [[ $rest =~ $string_pattern ]] || return 1
  rest=${rest:${#BASH_REMATCH[0]}}
  text=${BASH_REMATCH[1]}
  case $text in
    *\\*)
      text=${text//\\\"/\"}
      text=${text//\\\//\/}
      text=${text//\\\\/\\}
      ;;
  esac
  text=${text//[[:cntrl:]]/ }
}

# lookup PATH: leaves the value in found; fails if there is none. It starts at the
# last hit and goes round, as what is asked for next mostly comes next.
hit=0
lookup() {
  local i n=${#paths[@]} at
  found=''
  for ((i = 0; i < n; i++)); do
    at=$(((hit + i) % n))
    if [[ ${paths[at]} == "$1" ]]; then
      found=${values[at]} hit=$at
      return 0
    fi
  done
  return 1
}

is_true() { lookup "$1" && [[ $found == true ]]; }

# ---- asking

quoted() { # for curl's configuration syntax
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# ask PATH: leaves the answer's body in body, its status in status and its scalars
# in paths and values. What is no answer ends the script. The configuration goes in
# by stdin and its words by a builtin, so that no process list shows the key;
# redirects are not followed, so that the key goes to no other server.
ask() {
  local answer code=0
  {
    answer=$(
      {
        printf 'url = %s\n' "$(quoted "$BASE_URL$1")"
        printf 'header = %s\n' "$(quoted "X-API-KEY: $X_API_KEY")"
        [[ $loopback == false ]] || printf 'noproxy = "*"\n'
      } | curl --disable --config - --silent --globoff --proto '=http,https' \
        --connect-timeout 10 --max-time "$timeout" \
        --write-out '\n%{redirect_url}\n%{http_code}'
    ) || code=$?
  } 2>/dev/null # bash itself warns of NUL bytes
  [[ $code -eq 0 ]] || explain_curl "$code"
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  redirect=${answer##*$'\n'}
  body=${answer%$'\n'*}

  case $status in
    401 | 403) stop $UNAUTHORISED "$BASE_URL does not accept the API key (HTTP $status)" \
      'check X_API_KEY: it may be mistyped, revoked, or of another server' ;;
    429) stop $UNREACHABLE "$BASE_URL asks to slow down (HTTP 429)" \
      'wait a minute, then run this again; if a monitor shares the key, give each its own' ;;
    3??) stop $UNREACHABLE "$BASE_URL redirects to $(excerpt "$redirect")" \
      'set BASE_URL to where it leads; the key is not sent along' ;;
  esac
  flatten "$body" || paths=() values=()
  if [[ $status == 404 ]]; then
    if lookup error/code && [[ $found == unknown_binding ]]; then
      lookup error/message
      stop $USAGE "$(excerpt "$found")" 'give --binding one of those names, or leave it out to test all'
    fi
    stop $UNREACHABLE "$BASE_URL has nothing at $1 (HTTP 404)" \
      "BASE_URL is the root of the Worker, or of 'bindery serve --config FILE --env NAME', without a path"
  fi
}

explain_curl() {
  local what why=''
  case $1 in
    3) what='is no address' why='BASE_URL has the form https://host or http://host:port' ;;
    5 | 6) what='has a name that cannot be resolved' why='check the spelling of BASE_URL, and the network' ;;
    7) what='refuses connections' why="is it running, and on this port? start it with 'bindery serve'" ;;
    28) what="did not answer within $timeout s" why='a self-test of many slow bindings takes long: try --timeout 300, or --binding NAME' ;;
    35 | 51 | 53 | 54 | 58 | 59 | 60 | 77 | 83 | 91) what='cannot be trusted: TLS failed' why='check the certificate, and whether it should be http://' ;;
    52 | 56 | 18) what='broke off without a whole answer' why='look into the log of the server' ;;
    127) stop $UNREACHABLE 'curl is not there' 'install curl' ;;
    *) what='could not be asked' why="curl ended with exit code $1" ;;
  esac
  stop $UNREACHABLE "$BASE_URL $what" "$why"
}

# not_understood PATH: the answer is neither a refusal nor what was asked for.
not_understood() {
  stop $UNREACHABLE "$BASE_URL$1 gave no answer that is understood here (HTTP $status): $(excerpt "$body")" \
    'is BASE_URL that of a Worker or server that answers the data endpoints? what stands before it may answer instead'
}

# ---- judging

# show_bindings prints what is bound, and remembers the KV bindings for the self-test.
kv_names=() kv_critical=()
show_bindings() {
  local i path name type critical verdict detail vars=''
  ask "$BINDINGS_PATH"
  if [[ $status != 200 ]] || ! is_true success; then not_understood "$BINDINGS_PATH"; fi
  lookup data/environment
  printf '%s' "Bindings of ${found:-the top level}"
  lookup data/worker
  printf '%s\n' "${found:+, Worker $found,} at $BASE_URL"

  for ((i = 0; i < ${#paths[@]}; i++)); do
    path=${paths[i]} name=${values[i]}
    case $path in
      data/bindings/*/name)
        type=${path#data/bindings/} type=${type%%/*} path=${path%name}
        critical=false verdict=WARN
        if is_true "${path}critical"; then critical=true verdict=FAIL; fi
        if is_true "${path}ok"; then verdict=PASS; fi
        lookup "${path}detail"
        detail=$found
        if [[ $verdict == PASS ]] && is_true "${path}declared_only"; then
          verdict=SKIP detail="declared${detail:+, $detail}; its kind is not served here, so nobody looked"
        fi
        if [[ $verdict != PASS && $verdict != SKIP ]]; then detail="leads nowhere${detail:+, $detail}"; fi
        mark $critical
        say $verdict 24 "$type" "$name$marked${detail:+: $detail}"
        if [[ $verdict != PASS && $verdict != SKIP ]]; then advise "check its id or name and its account with 'bindery check'; the server's log at its start says more"; fi
        if [[ $type == KVNamespace ]]; then kv_names+=("$name") kv_critical+=("$critical"); fi
        ;;
      data/vars/*) vars="$vars${vars:+, }$name" ;;
      data/critical_bindings_status/*)
        name=${path##*/}
        if [[ ${values[i]} != true ]] && ! bound "$name"; then
          say FAIL 24 - "$name (critical): nothing has this name"
          advise 'bind it in this environment itself: bindings are not inherited from the top level'
        fi
        ;;
    esac
  done
  [[ -z $vars ]] || printf '  vars: %s\n' "$vars"
}

# mark CRITICAL: leaves in marked what follows the name of a critical binding.
mark() {
  marked=''
  if [[ $1 == true ]]; then marked=' (critical)'; fi
}

# bound NAME: whether a binding or a var has this name.
bound() {
  local i
  for ((i = 0; i < ${#paths[@]}; i++)); do
    [[ ${paths[i]} != data/bindings/*/name && ${paths[i]} != data/vars/* || ${values[i]} != "$1" ]] || return 0
  done
  return 1
}

# show_selftest prints the six stages of every binding that was proved.
overall=''
show_selftest() {
  local i path name critical several=false
  ask "$SELFTEST_PATH${binding:+?binding=$binding}"
  lookup data/overall_status || not_understood "$SELFTEST_PATH"
  overall=$found

  for ((i = 0; i < ${#paths[@]}; i++)); do
    path=${paths[i]}
    case $path in
      data/bindings/*/test_details/binding_check/success)
        several=true critical=false
        name=${path#data/bindings/} name=${name%%/*}
        if is_true "data/bindings/$name/critical"; then critical=true; fi
        mark $critical
        show_stages "data/bindings/$name/" "$name$marked" $critical
        ;;
    esac
  done
  [[ $several == false ]] || return 0

  # One binding alone is not named in the report. What is not known to be uncritical is
  # critical, and so is what was asked for by name.
  name=$binding critical=true
  for ((i = 0; i < ${#kv_names[@]}; i++)); do
    if [[ ${kv_names[i]} == "${binding:-${kv_names[i]}}" ]]; then name=${kv_names[i]} critical=${kv_critical[i]}; fi
  done
  mark "$critical"
  if [[ -n $binding ]]; then critical=true; fi
  show_stages data/ "${name:-KV}$marked" "$critical"
}

# show_stages PREFIX LABEL CRITICAL
show_stages() {
  local stage at verdict
  printf 'Self-test of %s\n' "$2"
  for stage in $STAGES; do
    at=$1test_details/$stage
    lookup "$at/success" || not_understood "$SELFTEST_PATH"
    verdict=WARN
    if [[ $found == true ]]; then
      verdict=PASS
    elif is_true "$at/skipped"; then
      verdict=SKIP
    elif [[ $3 == true && $CRITICAL_STAGES == *" $stage "* ]]; then
      verdict=FAIL
    fi
    lookup "$at/message"
    say $verdict 16 "$stage" "${found#Skipped: }"
    if lookup "$at/advice"; then advise "$found"; fi
  done
}

# conclude prints one line and ends the script. The report's own verdict counts too:
# what it calls failed is never passed here, whatever its stages say.
conclude() {
  local agreed=false
  if [[ $status == 200 ]] && is_true success && is_true data/critical_tests_passed; then agreed=true; fi
  if [[ $failures -eq 0 && $agreed == false ]]; then
    say FAIL 16 verdict "the server says $overall (HTTP $status)"
  fi
  if [[ $failures -gt 0 ]]; then
    printf '%sFAIL%s  %d failed, %d warned, %d passed\n' "$red" "$plain" $failures $warnings $passes
    exit $CRITICAL_FAILED
  elif [[ $warnings -gt 0 ]]; then
    printf '%sWARN%s  critical tests passed; %d warned, %d passed\n' "$yellow" "$plain" $warnings $passes
  else
    printf '%sPASS%s  all %d passed\n' "$green" "$plain" $passes
  fi
  exit $PASSED
}

# ---- being called

usage_error() { stop $USAGE "$1" 'run it with --help to see how it is called'; }

setup_colours
binding='' timeout=90
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage; exit $PASSED ;;
    --binding=* | --timeout=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
    --binding | --timeout)
      [[ $# -ge 2 ]] || usage_error "$1 needs a value"
      case $1 in
        --binding) binding=$2 ;;
        --timeout) timeout=$2 ;;
      esac
      shift 2
      ;;
    *) usage_error "unknown argument: $(excerpt "$1")" ;;
  esac
done
[[ $binding =~ ^[A-Za-z0-9_.$-]*$ ]] || usage_error "--binding: $(excerpt "$binding") is no name of a binding"
[[ $timeout =~ ^[1-9][0-9]{0,3}$ ]] || usage_error "--timeout: $(excerpt "$timeout") is no number of seconds from 1 to 9999"
BASE_URL=${BASE_URL:-} X_API_KEY=${X_API_KEY:-}
export -n X_API_KEY # curl is told by stdin, nobody else needs it
[[ -n $BASE_URL ]] || usage_error 'BASE_URL is not set: the address where the bindings are served'
[[ -n $X_API_KEY ]] || usage_error 'X_API_KEY is not set: a key of the data endpoints'
[[ $BASE_URL =~ ^https?://[^/@[:space:][:cntrl:]]+(/[^?#@[:space:][:cntrl:]]*)?$ ]] ||
  usage_error 'BASE_URL has to be of the form https://host or http://host:port, without user, query or blanks'
[[ ! $X_API_KEY =~ [[:cntrl:]] ]] || usage_error 'X_API_KEY holds a control character, perhaps a line end from a file'
BASE_URL=${BASE_URL%/}
readonly loopback_pattern='^https?://(127[.][0-9.]+|localhost|\[::1\])(:[0-9]+)?(/|$)'
loopback=false
if [[ $BASE_URL =~ $loopback_pattern ]]; then loopback=true; fi
if [[ $loopback == false && $BASE_URL == http://* ]]; then
  printf '%swarning:%s %s\n' "$yellow" "$plain" "the key goes over the network unencrypted: use https for $BASE_URL" >&2
fi

show_bindings
show_selftest
conclude
