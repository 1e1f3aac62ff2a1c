/*
 * DER (X.690), as certificates and keys are written in, and the PEM blocks around it. Everything is
 * read in place, within the bytes given; what does not fit in them is not read.
 */
#ifndef WB_POLICY_DER_H
#define WB_POLICY_DER_H

#include "base/pubkey.h"
#include "policy/value.h"

enum der_tag {
	DER_BOOL = 0x01,
	DER_INT = 0x02,
	DER_BITS = 0x03,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,             /* + number: plain */
	DER_CONTEXT_CONSTRUCTED = 0xa0, /* + number */
};

struct der {
	unsigned tag;
	struct bytes all, body; /* with and without tag and length */
};

/* The next one of rest, which moves behind it. */
bool der_next(struct bytes *rest, struct der *out);
/* Only when it has that tag; otherwise rest stays. */
bool der_take(struct bytes *rest, unsigned tag, struct der *out);
/* As der_take, of the body alone. */
bool der_body(struct bytes *rest, unsigned tag, struct bytes *out);
/* A bit string's bytes. */
bool der_bits(struct bytes *rest, struct bytes *out);
bool der_int(struct bytes *rest, int64_t *out);

/* The next element as a value: a whole number of any size, an array of arcs, the instant as RFC 3339 writes it. */
bool der_number(struct pool *p, struct bytes *rest, struct value *out);
bool der_oid(struct pool *p, struct bytes *rest, struct value *out);
bool der_time(struct pool *p, struct bytes *rest, struct value *out);
struct value oid_value(struct pool *p, struct bytes body);
/* "1.2.840" */
struct value oid_text(struct pool *p, struct bytes body);
/* Whole, not negative, the highest byte first. */
struct value magnitude_value(struct pool *p, struct bytes b);

bool bytes_equal(struct bytes a, struct bytes b);
struct value bytes_text(struct pool *p, struct bytes b);

/* The next block of text, which moves behind it. type is borrowed from text. */
bool pem_next(struct pool *p, struct value *text, struct value *type, struct bytes *der);

#endif
