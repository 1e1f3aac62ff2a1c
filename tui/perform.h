/*
 * Commands: what the terminal asks to be done to runs, as JSON, carried out
 * through the engine by a worker process (tui/worker.h), so that the screen
 * never waits for a run to end or for the database's writer.
 *
 *     {"do":"stop","runs":[ID…],"kill":false}      {"do":"rerun","runs":[ID…]}
 *     {"do":"tag","runs":[ID…],"key","value"}      {"do":"untag","runs":[ID…],"key"}
 *     {"do":"note","runs":[ID…],"text"}            {"do":"unnote","runs":[ID…],"author","text","time_ms"}
 *     {"do":"delete","runs":[ID…]}                 {"do":"restore","runs":[ID…]}
 *     {"do":"tensors","run":ID,"path"}             {"do":"sync"}
 *     {"do":"about","verb":"delete"|"rerun","runs":[ID…]}
 *     {"do":"all","commands":[…]}
 *
 * Answer: {"ok":true,"text","undo":{COMMAND},"undo_text"} or {"ok":false,"text","hint"};
 * tensors adds {"path","tensors":["/a  3x4  float32"…]}; about answers {"ok":true,"about"}: what to know before
 * one says yes, "" where there is nothing to say.
 */
#ifndef WB_TUI_PERFORM_H
#define WB_TUI_PERFORM_H

#include "base/jval.h"
#include "engine/engine.h"

/* The answer is owned by the caller. */
struct jval *perform(struct engine *e, const struct jval *command);

#endif
