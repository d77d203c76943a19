#!/usr/bin/env bash
# A client of docstream in bash and curl: bash examples/client.sh FILE.ndjson
# API_URL: where it runs; API_KEY: an API key, where keys are configured.
set -euo pipefail
url=${API_URL:-http://127.0.0.1:3000}
file=${1:?FILE.ndjson is missing}

# curl waits as long as Retry-After says when the answer is 408, 429, 500, 502, 503 or 504, and tries again. That is safe,
# because what has the same Idempotency-Key is stored once. --fail-with-body ends with an error for any other above 399.
call() {
  curl --silent --show-error --fail-with-body --max-time 300 --retry 8 --retry-connrefused \
    ${API_KEY:+-H "Authorization: Bearer $API_KEY"} "$@"
}

echo '1. post one line'
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
call -D "$headers" -o /dev/null "$url/invoiceitem" \
  -H 'Content-Type: application/json' -H 'Idempotency-Key: example-sh-1' \
  -d '{"InvoiceNo": "580001", "StockCode": "85123A", "Description": "WHITE HANGING HEART T-LIGHT HOLDER", "Quantity": 6,
       "InvoiceDate": "12/1/2010 8:26", "UnitPrice": 2.55, "CustomerID": 17850, "Country": "United Kingdom"}'
# After a retry the headers of all answers are there: the last one counts.
receipt=$(tr -d '\r' <"$headers" | sed -n 's/^[Ll]ocation: //p' | tail -n 1)
echo "   $receipt"

echo '2. follow it until it is processed'
for _ in $(seq 120); do
  trail=$(call "$url$receipt")
  [[ $trail == *'"state":"waiting"'* ]] || break
  sleep 0.25
done
echo "   $trail"

echo '3. post a file, line by line the same events however often it is sent'
key="example-$(sha256sum "$file" | cut -c 1-32)"
call "$url/invoiceitems" -H 'Content-Type: application/x-ndjson' -H "Idempotency-Key: $key" --data-binary "@$file"
echo

echo '4. look up the invoice'
call "$url/api/invoices/580001"
echo
