//! The routing policy: validate a command, choose its route, try it, say honestly what happened.
