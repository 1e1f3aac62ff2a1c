/*
 * Every ceiling on a size that comes from outside, in one place. Bytes unless
 * the name says otherwise.
 */
#ifndef WB_BASE_LIMITS_H
#define WB_BASE_LIMITS_H

#include <stddef.h>

#define LIMIT_KIB ((size_t)1024)
#define LIMIT_MIB ((size_t)1024 * 1024)

#define LIMIT_EVENT_LINE (64 * LIMIT_KIB)  /* one line on $WB_EVENTS */
#define LIMIT_EVENT_KEY ((size_t)250)      /* metric, param and tag keys: MLflow's limit */
#define LIMIT_PARAM_VALUE ((size_t)6000)   /* MLflow's limit for params */
#define LIMIT_TAG_VALUE ((size_t)8000)     /* MLflow's limit for tags */
#define LIMIT_RUN_NAME ((size_t)250)
#define LIMIT_JSON (64 * LIMIT_MIB)        /* one JSON document */
#define LIMIT_JSON_DEPTH ((size_t)256)
#define LIMIT_CONFIG (1 * LIMIT_MIB)       /* one configuration or policy file */
#define LIMIT_PLAN (16 * LIMIT_MIB)        /* a run's plan on its way to the supervisor */
#define LIMIT_LOG (256 * LIMIT_MIB)        /* kept output of one run */
#define LIMIT_OUTPUT_FILES ((size_t)100000) /* files collected from one run */
#define LIMIT_PATH ((size_t)4096)

#endif
