/* Numbers and times as people read them. Every face of the program shows them alike. */
#ifndef WB_BASE_HUMAN_H
#define WB_BASE_HUMAN_H

#include <stdint.h>

#include "base/buf.h"

/* "3m ago", "2h ago", "5d ago"; a date where it is longer ago than a month. Appended. */
void human_ago(struct buf *b, int64_t then_ns, int64_t now_ns);

/* "0.1234", "1.2345e-07", as short as it reads well. Appended. */
void human_number(struct buf *b, double v);

/* "100 000": digits in groups of three. Appended. */
void human_count(struct buf *b, uint64_t n);

#endif
