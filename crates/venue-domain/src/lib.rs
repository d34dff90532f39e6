//! The vocabulary of a venue: devices, ports, actions, commands, outcomes, order.
