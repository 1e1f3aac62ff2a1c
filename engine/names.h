/* Names for runs that were given none. */
#ifndef WB_ENGINE_NAMES_H
#define WB_ENGINE_NAMES_H

#include "base/uuid.h"

/* "quiet-river-417", from the random part of the id. Heap text. */
char *name_from_id(const struct uuid *id);

#endif
