/* policy/builtin_jwt.c: tokens, right and wrong. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

/* RFC 8037, appendix A.4; and a token signed with the secret "42": {"nbf": "soon"} has no number there. */
#define MODULE \
	"package a\n" \
	"ed := \"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4" \
	"iylGjg5BhVsPt9g7sVvpAr_MuM0KAg\"\n" \
	"key := `{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}`\n" \
	"sealed(claims, secret) := sprintf(\"%s.%s\", [body, base64url.encode_no_pad(hex_bytes)]) if {\n" \
	"	body := sprintf(\"%s.%s\", [base64url.encode_no_pad(`{\"alg\":\"HS256\"}`), base64url.encode_no_pad(json.marshal(claims))])\n" \
	"	hex_bytes := hex.decode(crypto.hmac.sha256(body, secret))\n" \
	"}\n" \
	"verified(claims, more) := io.jwt.decode_verify(sealed(claims, \"s\"), object.union({\"secret\": \"s\"}, more))[0]\n"

static void jwt__of_the_standard__verifies_with_its_key_only(void **state)
{
	static const struct policy_case cases[] = {
		{ MODULE, "io.jwt.verify_eddsa(data.a.ed, data.a.key)", "true" },
		{ MODULE, "io.jwt.verify_eddsa(replace(data.a.ed, \"hgyY\", \"hgyZ\"), data.a.key)", "false" },
		{ MODULE, "io.jwt.verify_rs256(data.a.ed, data.a.key)", "false" },
		{ MODULE, "io.jwt.verify_eddsa(data.a.ed, `{\"keys\":[{\"kty\":\"oct\"},{\"kty\":\"RSA\"}]}`)", "undefined" },
		{ MODULE, "io.jwt.verify_eddsa(data.a.ed, \"-----BEGIN X-----\")", "undefined" },
		{ MODULE, "io.jwt.verify_eddsa(\"a.b\", data.a.key)", "undefined" },
		{ MODULE, "io.jwt.verify_hs256(data.a.sealed({}, \"s\"), \"s\")", "true" },
		{ MODULE, "io.jwt.verify_hs256(data.a.sealed({}, \"s\"), \"t\")", "false" },
		{ MODULE, "io.jwt.verify_hs512(data.a.sealed({}, \"s\"), \"s\")", "false" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void jwt__whose_claims_do_not_hold__is_not_verified(void **state)
{
	static const struct policy_case cases[] = {
		{ MODULE, "data.a.verified({}, {})", "true" },
		{ MODULE, "data.a.verified({\"iss\": \"x\"}, {\"iss\": \"x\"})", "true" },
		{ MODULE, "data.a.verified({\"iss\": \"x\"}, {\"iss\": \"y\"})", "false" },
		{ MODULE, "data.a.verified({}, {\"iss\": \"y\"})", "false" },
		{ MODULE, "data.a.verified({\"aud\": [\"a\", \"b\"]}, {\"aud\": \"b\"})", "true" },
		{ MODULE, "data.a.verified({\"aud\": \"a\"}, {})", "false" },
		{ MODULE, "data.a.verified({}, {\"aud\": \"a\"})", "false" },
		{ MODULE, "data.a.verified({\"exp\": 10}, {\"time\": 9999999999})", "true" },
		{ MODULE, "data.a.verified({\"exp\": 10}, {\"time\": 10000000000})", "false" },
		{ MODULE, "data.a.verified({\"nbf\": 10}, {\"time\": 10000000000})", "true" },
		{ MODULE, "data.a.verified({\"nbf\": 10}, {\"time\": 9999999999})", "false" },
		{ MODULE, "data.a.verified({\"nbf\": \"soon\"}, {})", "undefined" },
		{ MODULE, "data.a.verified({}, {\"alg\": \"HS512\"})", "false" },
		{ MODULE, "data.a.verified({}, {\"who\": \"x\"})", "undefined" },
		{ MODULE, "io.jwt.decode(data.a.sealed({\"a\": 1}, \"s\"))[1]", "{\"a\":1}" },
		{ NULL, "io.jwt.decode(\"e30.e30\")", "undefined" },
		{ NULL, "io.jwt.decode(\"e30.e30.\")", "[{},{},\"\"]" },
		{ NULL, "io.jwt.decode(\"e30.e3.\")", "undefined" },
		{ NULL, "io.jwt.decode(\"..\")", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(jwt__of_the_standard__verifies_with_its_key_only),
	cmocka_unit_test(jwt__whose_claims_do_not_hold__is_not_verified),
};
WB_TEST_MAIN(tests)
