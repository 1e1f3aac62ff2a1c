/* Numbers that files hold with the most significant byte first: git's, time zones'. */
#ifndef WB_BASE_BIGEND_H
#define WB_BASE_BIGEND_H

#include <stdint.h>

static inline uint32_t be32_load(const unsigned char p[4])
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t be64_load(const unsigned char p[8])
{
	return (uint64_t)be32_load(p) << 32 | be32_load(p + 4);
}

#endif
