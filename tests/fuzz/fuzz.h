/*
 * A fuzz target: one input in, no crash out, and every property that must hold
 * for any bytes asserted with fuzz_check(). Built two ways from one source: with
 * libFuzzer (--enable-fuzzers, clang), and with replay.c, which runs the seeds
 * of tests/fuzz/corpus/NAME and simple changes of them in every `make check`.
 */
#ifndef WB_TESTS_FUZZ_FUZZ_H
#define WB_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_check(expr) \
	do { \
		if (!(expr)) \
			abort(); \
	} while (0)

#endif
