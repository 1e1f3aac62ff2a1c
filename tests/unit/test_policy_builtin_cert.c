/* policy/builtin_cert.c, builtin_pkey.c, builtin_sign.c, builtin_uri.c: certificates, keys, tokens, addresses. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

#define MODULE \
	"package a\n" \
	"cert := `-----BEGIN CERTIFICATE-----\n" \
	"MIIBbjCCARWgAwIBAgIUINWM7FQmT7GfTC/1IriF0NIq/bcwCgYIKoZIzj0EAwIw\n" \
	"DTELMAkGA1UEAwwCZWMwHhcNMjYxMTIxMTUxMjE5WhcNMjYxMjIxMTUxMjE5WjAN\n" \
	"MQswCQYDVQQDDAJlYzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB1M8qspEDoo\n" \
	"lUT84iNbxYDlqZsqJtkc9GyD1auimdLF7VZuBC7wuh0ClhRmmfSq4d6gOzeRspFN\n" \
	"hZyCl5H33nujUzBRMB0GA1UdDgQWBBR16bADj9ZLTrXjZeb068RApJcI2DAfBgNV\n" \
	"HSMEGDAWgBR16bADj9ZLTrXjZeb068RApJcI2DAPBgNVHRMBAf8EBTADAQH/MAoG\n" \
	"CCqGSM49BAMCA0cAMEQCIFBjXTTT3PGYJ7cvj3cP4JAsw+KLWH7dmzR/DlptLyIB\n" \
	"AiBHFXHvUttIpHcWXkOPp1EkayWSI18eamcAz9UnkdaOkw==\n" \
	"-----END CERTIFICATE-----`\n" \
	"key := `-----BEGIN EC PRIVATE KEY-----\n" \
	"MHcCAQEEIAb4wOIeesqLhVeK7H3IzqWZCsZeRlcnLuXNX4FAGEMjoAoGCCqGSM49\n" \
	"AwEHoUQDQgAEHUzyqykQOiiVRPziI1vFgOWpmyom2Rz0bIPVq6KZ0sXtVm4ELvC6\n" \
	"HQKWFGaZ9Krh3qA7N5GykU2FnIKXkffeew==\n" \
	"-----END EC PRIVATE KEY-----`\n" \
	"csr := `-----BEGIN CERTIFICATE REQUEST-----\n" \
	"MIH1MIGdAgEAMBoxDDAKBgNVBAMMA2NzcjEKMAgGA1UECgwBcTBZMBMGByqGSM49\n" \
	"AgEGCCqGSM49AwEHA0IABB1M8qspEDoolUT84iNbxYDlqZsqJtkc9GyD1auimdLF\n" \
	"7VZuBC7wuh0ClhRmmfSq4d6gOzeRspFNhZyCl5H33nugITAfBgkqhkiG9w0BCQ4x\n" \
	"EjAQMA4GA1UdEQQHMAWCA2EuYjAKBggqhkjOPQQDAgNHADBEAiANpvCEVn1IJSFd\n" \
	"Hw6rWEu1Hm89bVzOVGV6FyCGV207QwIgNpqFdh/aY5muyXjCy6mbaCULzw+qlMf3\n" \
	"t99tPCwne9I=\n" \
	"-----END CERTIFICATE REQUEST-----`\n" \
	"ed := `-----BEGIN PRIVATE KEY-----\n" \
	"MC4CAQAwBQYDK2VwBCIEILJggm2fZyIGOMnJnEEeGntHRPxNul5NKqwlaFWbk8LC\n" \
	"-----END PRIVATE KEY-----`\n"

static void certificate__in_pem_or_base64__shows_its_parts(void **state)
{
	static const struct policy_case cases[] = {
		{ MODULE, "crypto.x509.parse_certificates(data.a.cert)[0].Subject.CommonName", "\"ec\"" },
		{ MODULE, "crypto.x509.parse_certificates(base64.encode(data.a.cert))[0].PublicKeyAlgorithm", "3" },
		{ MODULE, "crypto.x509.parse_certificates(crypto.x509.parse_certificates(data.a.cert)[0].Raw)[0].IsCA", "true" },
		{ MODULE, "count(crypto.x509.parse_certificates(concat(\"\", [data.a.cert, \"\\nx\\n\", data.a.cert])))", "2" },
		{ MODULE, "crypto.x509.parse_certificates(data.a.cert)[0].NotBefore", "\"2026-11-21T15:12:19Z\"" },
		{ MODULE, "crypto.x509.parse_certificates(data.a.cert)[0].Version", "3" },
		{ MODULE, "crypto.x509.parse_certificates(data.a.key)", "undefined" },
		{ MODULE, "crypto.x509.parse_certificates(replace(data.a.cert, \"MII\", \"MIJ\"))", "undefined" },
		{ NULL, "crypto.x509.parse_certificates(\"\")", "[]" },
		{ NULL, "crypto.x509.parse_certificates(\"MAA=\")", "undefined" },
		{ NULL, "crypto.x509.parse_certificates(\"?\")", "undefined" },
		{ MODULE, "crypto.x509.parse_certificate_request(data.a.csr).Subject.Organization", "[\"q\"]" },
		{ MODULE, "crypto.x509.parse_certificate_request(data.a.csr).DNSNames", "[\"a.b\"]" },
		{ MODULE, "crypto.x509.parse_certificate_request(data.a.cert)", "undefined" },
		{ MODULE, "count(crypto.x509.parse_keypair(data.a.cert, data.a.key).Certificate)", "1" },
		{ MODULE, "crypto.x509.parse_keypair(data.a.cert, data.a.ed)", "undefined" },
		{ MODULE, "crypto.x509.parse_and_verify_certificates(data.a.cert)", "[false,[]]" },
		{ MODULE, "crypto.x509.parse_and_verify_certificates(\"x\")", "[false,[]]" },
		{ MODULE, "crypto.x509.parse_and_verify_certificates_with_options(data.a.cert, {\"a\": 1})", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

/* Each is its own root. A time within the years of the certificate, one before, and uses that it does not name. */
static void chain__is_verified__at_a_time_and_for_a_use(void **state)
{
#define CHAIN(options) \
	"crypto.x509.parse_and_verify_certificates_with_options(concat(\"\\n\", [data.a.cert, data.a.cert]), " options ")[0]"
	static const struct policy_case cases[] = {
		{ MODULE, CHAIN("{\"CurrentTime\": 1795360339000000000}"), "true" },
		{ MODULE, CHAIN("{\"CurrentTime\": 1000000000}"), "false" },
		{ MODULE, CHAIN("{\"CurrentTime\": 1795360339000000000, \"DNSName\": \"a.b\"}"), "false" },
		{ MODULE, CHAIN("{\"CurrentTime\": 1795360339000000000, \"KeyUsages\": [\"KeyUsageCodeSigning\"]}"), "true" },
		{ MODULE, CHAIN("{\"CurrentTime\": \"x\"}"), "undefined" },
		{ MODULE, CHAIN("{\"KeyUsages\": [\"other\"]}"), "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void private_key__in_any_form__shows_its_numbers(void **state)
{
	static const struct policy_case cases[] = {
		{ MODULE, "crypto.x509.parse_rsa_private_key(data.a.key).crv", "\"P-256\"" },
		{ MODULE, "crypto.x509.parse_rsa_private_key(data.a.ed).kty", "\"OKP\"" },
		{ MODULE, "count(crypto.parse_private_keys(concat(\"\\n\", [data.a.key, data.a.cert, data.a.ed])))", "2" },
		{ MODULE, "crypto.parse_private_keys(data.a.key)[0].X == crypto.x509.parse_certificates(data.a.cert)[0].PublicKey.X", "true" },
		{ NULL, "crypto.parse_private_keys(\"\")", "null" },
		{ NULL, "crypto.parse_private_keys(\"x\")", "[]" },
		{ NULL, "crypto.parse_private_keys(\"-----BEGIN PRIVATE KEY-----\\nMAA=\\n-----END PRIVATE KEY-----\\n\")", "undefined" },
		{ NULL, "crypto.x509.parse_rsa_private_key(\"\")", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void token__that_is_signed_here__verifies_here(void **state)
{
#define OWN "crypto.x509.parse_rsa_private_key(data.a.key)"
	static const struct policy_case cases[] = {
		{ MODULE, "io.jwt.verify_es256(io.jwt.encode_sign({\"alg\": \"ES256\"}, {\"x\": 1}, " OWN "), data.a.cert)", "true" },
		{ MODULE, "io.jwt.encode_sign({\"alg\": \"RS256\"}, {\"x\": 1}, " OWN ")", "undefined" },
		{ NULL, "io.jwt.encode_sign({\"alg\": \"HS256\"}, {}, {\"kty\": \"oct\", \"k\": \"AAAA\"})",
		  "\"eyJhbGciOiJIUzI1NiJ9.e30.4E_Bsx-pJi3kOW9wVXN8CgbATwP09D9V5gxh9-9zSZ0\"" },
		{ NULL, "io.jwt.encode_sign({\"alg\": \"HS256\"}, {}, {\"kty\": \"oct\"})", "undefined" },
		{ NULL, "io.jwt.encode_sign({\"alg\": \"none\"}, {}, {\"kty\": \"oct\", \"k\": \"AAAA\"})", "undefined" },
		{ NULL, "io.jwt.encode_sign_raw(`{\"alg\":\"HS256\"}`, `{`, `{\"kty\":\"oct\",\"k\":\"AAAA\"}`)", "undefined" },
		{ NULL, "io.jwt.encode_sign_raw(`{\"alg\":\"HS256\"}`, `{}`, `{\"keys\":[]}`)", "undefined" },
		{ NULL, "io.jwt.encode_sign_raw(``, `{}`, `{\"kty\":\"oct\",\"k\":\"AAAA\"}`)", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void uri__is_taken_apart__or_refused(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "uri.parse(\"https://u:p@h.x:80/a%20b?q=1#f\")",
		  "{\"fragment\":\"f\",\"hostname\":\"h.x\",\"path\":\"/a b\",\"port\":\"80\",\"raw_path\":\"/a b\","
		  "\"raw_query\":\"q=1\",\"scheme\":\"https\"}" },
		{ NULL, "uri.parse(\"http://[::1]:80/%2f\")",
		  "{\"hostname\":\"::1\",\"path\":\"//\",\"port\":\"80\",\"raw_path\":\"/%2f\",\"scheme\":\"http\"}" },
		{ NULL, "uri.parse(\"mailto:a@b\")", "{\"scheme\":\"mailto\"}" },
		{ NULL, "uri.parse(\"\")", "{}" },
		{ NULL, "uri.parse(\"http://h:x/\")", "undefined" },
		{ NULL, "uri.parse(\"http://a b/\")", "undefined" },
		{ NULL, "[uri.is_valid(u) | some u in [\"\", \"%\", \"://x\", \"a:b\", \"http://[::1]\", \"http://[x]\", 1]]",
		  "[false,false,false,true,true,false,false]" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(certificate__in_pem_or_base64__shows_its_parts),
	cmocka_unit_test(chain__is_verified__at_a_time_and_for_a_use),
	cmocka_unit_test(private_key__in_any_form__shows_its_numbers),
	cmocka_unit_test(token__that_is_signed_here__verifies_here),
	cmocka_unit_test(uri__is_taken_apart__or_refused),
};
WB_TEST_MAIN(tests)
