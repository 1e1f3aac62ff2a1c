/*
 * Short paths for a run in tier 2. There nothing can be mounted, so the run meets its folders where they lie in the
 * store; and a socket's path has 107 bytes at most. For a store that lies deep a private folder in /tmp leads to them:
 *
 *     /tmp/wb-UID-ID/tmp       the run's $TMPDIR: a link to the temporary folder in the run's own
 *     /tmp/wb-UID-ID/events    the event socket
 */
#ifndef WB_ENGINE_SCRATCH_H
#define WB_ENGINE_SCRATCH_H

#include "base/error.h"

/*
 * run_dir is the run's folder in the store. *out_dir becomes the new folder's path, owned by the caller, or NULL where
 * run_dir is short enough. Folders whose run is dead (its supervisor was killed) are removed first.
 */
int scratch_make(const char *run_dir, const char *run_id, char **out_dir, struct error *err) WB_MUST_CHECK;

#endif
