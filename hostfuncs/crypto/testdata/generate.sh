#!/bin/sh
# Writes what OpenSSL computes, for crypto_test.go: rows.tsv (ciphers and
# signatures) and keys.pem (test keys, in the forms that OpenSSL stores them in).
# The keys are new on every run. Made with OpenSSL 3.0; run it in this folder.
set -eu
legacy="-provider default -provider legacy"
rm -f rows.tsv keys.pem

# cipher <name> <password> <text as base64> <ciphertext as base64>
for name in aes-128-cbc aes-192-cbc aes-256-cbc aes-128-ecb aes-192-ecb aes-256-ecb aes-128-ctr aes-192-ctr aes-256-ctr \
	aes-128-ofb aes-192-ofb aes-256-ofb aes-128-cfb aes-192-cfb aes-256-cfb aes-128-cfb8 aes-192-cfb8 aes-256-cfb8 \
	aes-128-cfb1 aes-192-cfb1 aes-256-cfb1 des-cbc des-ecb; do
	for password in "my secret key" x "ключ 🔑" "a very long password of more than sixty-four characters, so that MD5 needs two blocks"; do
		for text in "My secret message!" "" "sixteen bytes ok" "äöü 日本 😀" "$(seq 1 40 | tr '\n' ' ')"; do
			out=$(printf %s "$text" | openssl enc $legacy -"$name" -md md5 -nosalt -pass "pass:$password" -base64 -A 2>/dev/null)
			printf 'cipher\t%s\t%s\t%s\t%s\n' "$name" "$password" "$(printf %s "$text" | base64 -w0)" "$out" >>rows.tsv
		done
	done
done

# key <name> <passphrase>, with the PEM in keys.pem in the same order
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
openssl genrsa -traditional -out "$tmp/rsa" 2048 2>/dev/null
openssl ecparam -name prime256v1 -genkey -out "$tmp/p256" # with an EC PARAMETERS block before the key
openssl ecparam -name secp384r1 -genkey -noout -out "$tmp/p384"
openssl ecparam -name secp521r1 -genkey -noout -out "$tmp/p521"
add() { # <name> <passphrase> <file>
	printf 'key\t%s\t%s\n' "$1" "$2" >>rows.tsv
	cat "$3" >>keys.pem
	printf -- '-----\n' >>keys.pem
}
for k in rsa p256 p384 p521; do
	add $k "" "$tmp/$k"
	openssl pkcs8 -topk8 -nocrypt -in "$tmp/$k" -out "$tmp/out"
	add $k "" "$tmp/out"
	openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:tester -in "$tmp/$k" -out "$tmp/out"
	add $k tester "$tmp/out"
done
for c in aes-128-cbc aes-192-cbc des3; do
	openssl pkcs8 -topk8 -v2 $c -v2prf hmacWithSHA1 -passout pass:tester -in "$tmp/p256" -out "$tmp/out"
	add p256 tester "$tmp/out"
done
for prf in hmacWithSHA224 hmacWithSHA384 hmacWithSHA512; do
	openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf $prf -iter 1000 -passout pass:tester -in "$tmp/p256" -out "$tmp/out"
	add p256 tester "$tmp/out"
done
for c in aes128 aes192 aes256 des3; do
	openssl ec -$c -passout pass:tester -in "$tmp/p256" -out "$tmp/out" 2>/dev/null
	add p256 tester "$tmp/out"
done
openssl rsa -traditional -aes128 -passout pass:tester -in "$tmp/rsa" -out "$tmp/out" 2>/dev/null
add rsa tester "$tmp/out"

# rsa <digest> <text> <signature as base64>, by the key named rsa
for digest in md5 sha1 sha256 sha384 sha512; do
	for text in "My secret message!" "" "äöü"; do
		out=$(printf %s "$text" | openssl dgst -$digest -sign "$tmp/rsa" | base64 -w0)
		printf 'rsa\t%s\t%s\t%s\n' $digest "$text" "$out" >>rows.tsv
	done
done

# hmac <name> <key> <text> <hex>
for name in md5 sha1 sha224 sha256 sha384 sha512; do
	for key in k "ключ" "a key of more than one hundred and twenty-eight characters, which every digest of this list has to shorten before it can use it: 1234567890"; do
		for text in "My secret message!" "" "äöü"; do
			out=$(printf %s "$text" | openssl dgst -$name -mac HMAC -macopt "key:$key" | sed 's/.*= //')
			printf 'hmac\t%s\t%s\t%s\t%s\n' $name "$key" "$text" "$out" >>rows.tsv
		done
	done
done
