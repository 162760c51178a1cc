"""Events by cause. `reading`: asked of the services; `story`: put in the order of cause and effect, folded."""
