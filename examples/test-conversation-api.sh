#!/usr/bin/env bash
# Tests the conversation API of a running server: the wrapping of answers, their fields, the counting of messages, the
# stream, and the shape of errors. It needs bash and curl, and nothing else.
#
#   export JWT_TOKEN="…"                       a JWT of the configured issuer, or a personal access token from the settings
#   export BASE_URL="http://127.0.0.1:3000"    where the server is; this is the default
#   ./test-conversation-api.sh
#
# It makes three conversations and leaves them. It ends with 0 when all checks passed, with 1 when one failed, and with 2
# when it could not begin.
set -u

readonly BASE_URL="${BASE_URL:-http://127.0.0.1:3000}"
readonly API="${BASE_URL%/}/api/v1/chat"
readonly JWT_TOKEN="${JWT_TOKEN:-}"
# How long a model may take to answer, in seconds.
readonly REPLY_SECONDS="${REPLY_SECONDS:-60}"

if [[ -z "$JWT_TOKEN" ]]; then
  echo "JWT_TOKEN is not set. Set it to a JWT of your issuer or to a personal access token, and run this again." >&2
  exit 2
fi
if ! command -v curl >/dev/null; then
  echo "curl is not installed, and this script needs it." >&2
  exit 2
fi

passed=0
failed=0
status=''
body=''

# Prints one line for a check: check NAME COMMAND…
check() {
  local name="$1"
  shift
  if "$@"; then
    passed=$((passed + 1))
    printf '✓ %s\n' "$name"
  else
    failed=$((failed + 1))
    printf '✗ %s\n' "$name"
    printf '    status %s, body %s\n' "$status" "${body:0:500}"
  fi
}

# Sends a request and sets `status` and `body`: request TOKEN METHOD PATH [BODY]
# The token goes through a file descriptor, where a list of processes doesn't show it.
request() {
  local answer
  answer=$(curl --silent --show-error --max-time 20 --request "$2" "$API$3" \
    --header @<(printf 'Authorization: Bearer %s\n' "$1") \
    ${4+--header "Content-Type: application/json" --data-binary "$4"} \
    --write-out '\n%{http_code}' 2>&1)
  status="${answer##*$'\n'}"
  body="${answer%$'\n'*}"
}

status_is() { [[ "$status" == "$1" ]]; }
# Whether the body has a place that matches a regular expression; no blanks are between its tokens.
has() { [[ "$body" =~ $1 ]]; }
is_same() { [[ -n "$1" && "$1" == "$2" ]]; }
# The text of the first field of that name.
text_of() { [[ "$body" =~ \"$1\":\"([^\"]*)\" ]] && printf '%s' "${BASH_REMATCH[1]}"; }
number_of() { [[ "$body" =~ \"$1\":([0-9]+) ]] && printf '%s' "${BASH_REMATCH[1]}"; }

readonly TIME='"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"'
readonly ID='"c[0-9a-z]{25}"'

is_wrapped() {
  has '^\{"success":true,"data":' && has "\"timestamp\":$TIME,\"statusCode\":$1,\"requestId\":\"[^\"]+\"\}\$"
}
is_wrapped_error() {
  has '^\{"success":false,"error":\{"code":"[A-Z_]+","message":"[^"]+","details":\{' &&
    has "\"timestamp\":$TIME,\"statusCode\":$1,\"requestId\":\"[^\"]+\"\}\$"
}
has_conversation_fields() {
  has "\"id\":$ID" && has '"userId":"[^"]+"' && has '"title":"' && has "\"createdAt\":$TIME" &&
    has "\"updatedAt\":$TIME" && has "\"lastMessageAt\":(null|$TIME)" && has '"messageCount":[0-9]+'
}
# Reads the stream until the reply has ended or the time is over.
wait_for_reply() {
  local line
  while IFS= read -r line; do
    case "$line" in
      # Inside of a text the quotes would be escaped.
      data:*'"type":"llm_complete"'*) return 0 ;;
      data:*'"type":"error"'*) return 1 ;;
    esac
  done < <(curl --silent --no-buffer --max-time "$REPLY_SECONDS" "$API/conversations/$1/stream" \
    --header @<(printf 'Authorization: Bearer %s\n' "$JWT_TOKEN") 2>/dev/null)
  return 1
}

echo "Testing $API"

echo
echo 'A conversation without a first message'
request "$JWT_TOKEN" POST /conversations '{"title":"Betting Strategy"}'
if [[ "$status" == 000 ]]; then
  echo "Nothing answers at $BASE_URL: $body" >&2
  exit 2
fi
check 'is created (201)' status_is 201
check 'is wrapped in success, data, timestamp, statusCode and requestId' is_wrapped 201
check 'has all fields' has_conversation_fields
check 'has the title that was given' has '"title":"Betting Strategy"'
check 'has no message: messageCount 0, lastMessageAt null' has '"lastMessageAt":null,"messageCount":0'

echo
echo 'A conversation without anything'
request "$JWT_TOKEN" POST /conversations '{}'
check 'is created (201)' status_is 201
check 'has an empty title' has '"title":""'

echo
echo 'A conversation with a first message'
request "$JWT_TOKEN" POST /conversations \
  '{"title":"Lakers Betting Advice","initialMessage":"Should I bet on the Lakers tonight?"}'
check 'is created (201)' status_is 201
check 'is wrapped' is_wrapped 201
check 'has all fields' has_conversation_fields
check 'has the time of its last message' has "\"lastMessageAt\":$TIME"
conversation=$(text_of id)
user=$(text_of userId)
count=$(number_of messageCount)
if [[ "$count" == 1 ]]; then
  check 'counts the message (1): a model is writing the reply' is_same "$count" 1
  check 'gets its reply on the stream' wait_for_reply "$conversation"
else
  check 'counts the message and the placeholder reply (2)' is_same "$count" 2
fi

echo
echo 'Its history'
request "$JWT_TOKEN" GET "/conversations/$conversation/history"
check 'is found (200)' status_is 200
check 'is wrapped' is_wrapped 200
check 'begins with the USER message' \
  has "^\{\"success\":true,\"data\":\[\{\"id\":$ID,\"userId\":\"[^\"]+\",\"conversationId\":\"$conversation\",\"role\":\"USER\",\"content\":\"Should I bet on the Lakers tonight\?\""
check 'keeps the title in its metadata' has '"metadata":\{"title":"Lakers Betting Advice"\}'
check 'goes on with the ASSISTANT message, without metadata' has '"role":"ASSISTANT","content":".+","createdAt":[^}]+"metadata":null\}'
check 'is of the same user' is_same "$(text_of userId)" "$user"

echo
echo 'The list of conversations'
request "$JWT_TOKEN" GET /conversations
check 'is found (200)' status_is 200
check 'is wrapped' is_wrapped 200
check 'has the conversation, its count, its time and its preview' \
  has "\{\"conversationId\":\"$conversation\",\"messageCount\":2,\"lastMessageAt\":$TIME,\"preview\":\"Should I bet on the Lakers tonight\?\"\}"

echo
echo 'Errors'
request invalid-token GET /conversations
check 'a bad token is refused (401)' status_is 401
check 'and wrapped' is_wrapped_error 401
check 'with UNAUTHORIZED' has '"code":"UNAUTHORIZED","message":"Invalid or expired token","details":\{\}'
request "$JWT_TOKEN" POST /conversations '{"title":123,"initialMessage":456}'
check 'values of the wrong type are refused (400)' status_is 400
check 'and wrapped' is_wrapped_error 400
check 'with VALIDATION_ERROR and each mistake' \
  has '"code":"VALIDATION_ERROR","message":"title must be a string, initialMessage must be a string","details":\{"errors":\["title must be a string","initialMessage must be a string"\]\}'
request "$JWT_TOKEN" GET /conversations/c0000000000000000000000001/history
check 'a conversation that does not exist is not found (404)' status_is 404
check 'and wrapped' is_wrapped_error 404
check 'with NOT_FOUND' has '"code":"NOT_FOUND"'

echo
echo "$passed passed, $failed failed"
[[ "$failed" == 0 ]]
