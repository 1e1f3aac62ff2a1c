/* Base64 (RFC 4648), in both alphabets. */
#ifndef WB_POLICY_BASE64_H
#define WB_POLICY_BASE64_H

#include "base/pubkey.h"
#include "policy/value.h"

enum base64_form {
	BASE64_STD,     /* padding demanded */
	BASE64_URL,     /* padding demanded */
	BASE64_URL_RAW, /* padding forbidden */
};

/* Line ends are skipped. The place of the first wrong byte, as Go's decoder counts; -1 when there is none. */
int64_t base64_decode(struct pool *p, struct value s, enum base64_form form, struct bytes *out);
struct value base64_encode(struct pool *p, struct bytes b, enum base64_form form);

#endif
