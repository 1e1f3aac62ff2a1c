try log loss=1
WB_EVENTS=$WORK/nothing try log loss=1
WB_EVENTS=$WORK/nothing try log loss=high
WB_EVENTS=$WORK/nothing try log step=1
WB_EVENTS=$WORK/nothing try log param
WB_EVENTS=$WORK/nothing try log metric loss=1 step=x
