//! The list of all cases, group by group: what is not in it is not run.

use std::{fmt, future::Future, pin::Pin};

use crate::{Factory, Pruning, Queue, Store};

/// One case of the suite, as a value: for those who run it otherwise than as a test of its own.
pub struct Case<F: ?Sized> {
    /// The group that it belongs to.
    pub group: &'static str,
    /// Its name, which says what holds.
    pub name: &'static str,
    run: Run<F>,
}

type Run<F> = for<'a> fn(&'a F) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

impl<F: Factory<Store: Store>> Case<F> {
    /// All cases for a store with all its sides.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        macro_rules! add {
            ($($group:ident)+) => { $($crate::__cases!($group, __values cases);)+ };
        }
        add!(
            acted answered audit batches assumed_state boards configuration direct due figures flight
            interrupted keys lanes order restart runs shown system turns vocabulary
            withdrawn
        );
        cases
    }
}

impl<F: Pruning<Store: Queue>> Case<F> {
    /// The cases for a store that forgets what is old.
    #[must_use]
    pub fn of_retention() -> Vec<Self> {
        let mut cases = Vec::new();
        crate::__cases!(retention, __values cases);
        cases
    }
}

impl<F: ?Sized> Case<F> {
    /// Runs it with a store, or several, of `factory`.
    ///
    /// # Panics
    /// Where the store does not do what the case asks.
    pub async fn run(&self, factory: &F) {
        (self.run)(factory).await;
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn new(group: &'static str, name: &'static str, run: Run<F>) -> Self {
        Self { group, name, run }
    }
}

impl<F: ?Sized> fmt::Debug for Case<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.group, self.name)
    }
}

/// Makes one test of each case of the suite. The first argument makes a [`Factory`]; behind it are the names
/// of the groups: of a store that has not all sides, and `retention` of a [`Pruning`] one. The tests run on tokio, which the caller depends on.
///
/// ```ignore
/// venue_conformance::conformance_tests!(MyFactory);
/// venue_conformance::conformance_tests!(MyTrail; audit runs);
/// ```
#[macro_export]
macro_rules! conformance_tests {
    ($factory:expr) => {
        $crate::conformance_tests!($factory;
            acted answered audit batches assumed_state boards configuration direct due figures flight
            interrupted keys lanes order restart runs shown system turns vocabulary
            withdrawn
        );
    };
    ($factory:expr; $($group:ident)+) => {
        $($crate::__cases!($group, __tests ($factory));)+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    (($factory:expr) $group:ident: $($case:ident)+) => {
        mod $group {
            use super::*;
            $(
                #[tokio::test]
                async fn $case() {
                    $crate::$group::$case(&$factory).await;
                }
            )+
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __values {
    ($cases:ident $group:ident: $($case:ident)+) => {
        $cases.extend([$($crate::Case::new(
            stringify!($group),
            stringify!($case),
            |factory| Box::pin($crate::$group::$case(factory)),
        )),+]);
    };
}

/// Hands the cases of a group to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __cases {
    (acted, $then:ident $given:tt) => {
        $crate::$then! { $given acted:
            what_waits_after_an_unknown_attempt_ends_unknown_whatever_ends_it
            what_was_overtaken_in_flight_ends_unknown_if_its_attempt_did
            a_refusal_after_an_unknown_attempt_does_not_undo_it
            an_interrupted_attempt_may_have_acted_however_late_it_is_found
            a_direct_command_that_was_overtaken_is_recorded_as_what_may_have_acted
            a_batch_counts_what_may_have_acted_as_unknown_and_retries_it_only_if_it_is_wished
        }
    };
    (audit, $then:ident $given:tt) => {
        $crate::$then! { $given audit:
            the_trail_comes_in_pages_the_newest_first
            what_is_old_leaves_the_trail_in_slices
        }
    };
    (batches, $then:ident $given:tt) => {
        $crate::$then! { $given batches:
            a_batch_answers_for_every_command
            batches_come_the_newest_first_with_what_they_are_about
            counts_equal_a_recount_after_every_change
            a_batch_is_finished_exactly_once
            a_batch_of_the_same_name_is_refused_and_changes_nothing
            cancelling_a_batch_leaves_what_is_in_flight
            only_what_may_be_tried_anew_is_retryable
            all_commands_of_a_call_are_stored_or_none
            a_port_that_a_batch_commands_twice_is_one_port
            an_undo_knows_what_was_assumed_before_and_who_came_since
            of_two_retries_at_once_one_is_stored
            an_undo_leaves_out_what_was_commanded_before_it_was_stored
            another_part_of_a_batch_is_taken_back_while_one_is_under_way
            what_is_for_later_does_not_hide_what_waits_now
            who_came_since_is_told_by_the_order_whatever_the_clock_said
        }
    };
    (assumed_state, $then:ident $given:tt) => {
        $crate::$then! { $given assumed_state:
            the_assumed_state_is_corrected_and_the_next_delivery_is_newer
            a_delivered_toggle_leads_from_what_is_known_to_the_opposite_once
        }
    };
    (boards, $then:ident $given:tt) => {
        $crate::$then! { $given boards:
            another_board_inherits_neither_what_waits_nor_what_was_assumed
        }
    };
    (configuration, $then:ident $given:tt) => {
        $crate::$then! { $given configuration:
            a_change_is_kept_with_its_revision
            what_was_kept_elsewhere_replaces_all
        }
    };
    (direct, $then:ident $given:tt) => {
        $crate::$then! { $given direct:
            a_direct_command_is_recorded_with_its_attempt_and_only_once
            a_command_is_stored_once
            only_what_was_delivered_changes_the_port_status
            a_record_that_comes_late_does_not_turn_the_port_status_back
            a_direct_command_supersedes_what_waits_before_it_is_sent
            what_waits_for_a_port_is_known_at_once
        }
    };
    (due, $then:ident $given:tt) => {
        $crate::$then! { $given due:
            a_command_that_is_due_later_is_not_claimed_before_it_is_promoted
            a_scheduled_command_raises_its_fences_when_it_becomes_due
            what_is_for_later_counts_as_waiting_when_it_becomes_due
            what_is_wished_for_a_wall_time_moves_with_the_wall_clock
            a_wish_that_was_due_is_due_although_the_clock_is_set_back_before_it_is_stored
            a_wish_that_lies_long_past_by_a_clock_that_the_store_does_not_know_has_expired
            a_scheduled_command_that_comes_too_late_for_its_slot_is_superseded
            of_two_wishes_that_become_due_together_the_newer_one_holds
            what_has_expired_is_never_claimed
            expired_commands_end_and_the_next_expiry_is_told
            what_is_scheduled_expires_as_well
            a_session_wakes_what_was_given_back_to_wait_for_it
            how_long_a_command_waits_for_its_device_is_counted_in_time_and_not_in_keys
            a_session_wakes_only_what_waits_for_one
            a_session_wakes_the_keys_that_wait_behind_one_that_it_wakes
        }
    };
    (figures, $then:ident $given:tt) => {
        $crate::$then! { $given figures:
            figures_count_what_ended
        }
    };
    (flight, $then:ident $given:tt) => {
        $crate::$then! { $given flight:
            a_claim_is_in_flight_with_all_that_is_known
            a_delivered_command_leaves_the_queue
            a_late_result_changes_nothing
            a_retry_waits_until_it_is_due
            the_last_attempt_decides_between_failed_and_unknown
            a_retry_that_could_press_twice_is_refused
            what_was_replaced_in_its_lane_ends_superseded
            a_released_claim_costs_no_attempt
            what_is_given_back_keeps_the_time_of_its_last_attempt
            a_lease_that_is_over_is_taken_back
            beside_what_is_in_flight_only_other_ports_are_handed_out
            what_goes_beside_goes_in_the_order_of_its_device
            cancelling_is_too_late_for_what_is_in_flight
            one_system_task_of_a_kind_waits_for_a_device
            only_a_read_that_waits_now_is_joined_by_another
            what_is_passed_over_is_counted_and_never_in_flight
        }
    };
    (answered, $then:ident $given:tt) => {
        $crate::$then! { $given answered:
            an_answer_is_kept_with_the_commands_that_it_names
        }
    };
    (interrupted, $then:ident $given:tt) => {
        $crate::$then! { $given interrupted:
            a_request_that_was_cut_off_stays_without_an_answer
        }
    };
    (keys, $then:ident $given:tt) => {
        $crate::$then! { $given keys:
            a_repeated_request_gets_the_stored_answer
            a_key_is_bound_to_its_caller_and_its_request
            a_request_of_which_nothing_was_done_may_come_again
            a_key_is_forgotten_when_it_is_old
            a_key_is_read_without_being_noted
        }
    };
    (lanes, $then:ident $given:tt) => {
        $crate::$then! { $given lanes:
            an_absolute_command_that_ended_unknown_is_late_for_150_seconds
            what_was_delivered_since_is_to_be_sent_once_more
            what_was_refused_makes_nothing_older_outdated
            after_an_unclean_stop_nothing_is_to_be_sent_once_more
            what_was_in_flight_or_is_tried_again_is_late_as_well
            what_its_lane_found_to_be_over_is_late_no_more
            what_was_sent_once_more_is_an_attempt_of_its_command
            when_a_port_was_sent_what_outlives_the_store
            what_ended_unknown_leaves_its_part_of_the_port_unknown
        }
    };
    (order, $then:ident $given:tt) => {
        $crate::$then! { $given order:
            a_newer_wish_supersedes_what_waits_in_its_slot
            steps_and_keys_do_not_supersede_each_other
            power_off_ends_every_older_wish_of_its_port
            a_command_that_comes_late_is_recorded_as_superseded
            a_retry_never_overrides_a_newer_wish
            nothing_ends_before_it_was_tried_last
            fences_of_an_outage_are_merged_before_any_claim
            a_later_key_never_overtakes_an_earlier_one
            whatever_two_commands_of_a_port_are_the_store_supersedes_as_the_fences_do
            commands_stored_in_any_order_end_as_if_stored_in_theirs
        }
    };
    (retention, $then:ident $given:tt) => {
        $crate::$then! { $given retention:
            what_is_open_is_never_forgotten
        }
    };
    (restart, $then:ident $given:tt) => {
        $crate::$then! { $given restart:
            acknowledged_commands_survive
            nothing_is_assumed_of_a_slot_whose_newest_command_nobody_accounts_for
            what_was_in_flight_goes_back_or_ends_as_unknown
            stored_fences_hold_against_what_is_taken_back
            after_an_unclean_stop_what_is_due_expires
            the_highest_key_is_above_all_that_were_stored
            the_highest_key_is_above_what_was_merged
            a_queue_id_is_never_used_twice
            due_times_name_each_device_once
        }
    };
    (runs, $then:ident $given:tt) => {
        $crate::$then! { $given runs:
            the_first_word_on_an_occurrence_stands
        }
    };
    (shown, $then:ident $given:tt) => {
        $crate::$then! { $given shown:
            a_record_has_every_field_of_its_command
            several_presses_are_kept_with_their_number
            history_comes_in_pages_the_newest_first
            open_commands_come_by_queue_id
            the_figures_equal_a_recount
        }
    };
    (system, $then:ident $given:tt) => {
        $crate::$then! { $given system:
            how_a_task_ended_last_outlives_the_store
            the_last_lines_of_a_log_are_kept
        }
    };
    (turns, $then:ident $given:tt) => {
        $crate::$then! { $given turns:
            higher_priority_goes_first
            commands_of_one_priority_go_in_order
            a_flood_never_delays_anothers_small_batch_by_more_than_twice
            other_devices_are_not_in_the_way
        }
    };
    (vocabulary, $then:ident $given:tt) => {
        $crate::$then! { $given vocabulary:
            an_action_of_ones_own_comes_back_whole
            what_follows_an_action_of_ones_own_is_told_by_its_nature
            actions_of_ones_own_compete_in_their_group
            ports_up_to_255_are_ports_of_their_own
        }
    };
    (withdrawn, $then:ident $given:tt) => {
        $crate::$then! { $given withdrawn:
            what_waits_for_a_device_is_withdrawn_with_it
            what_is_in_flight_for_a_device_that_goes_is_not_tried_on_another
            what_waits_for_a_device_that_a_newer_configuration_lacks_is_withdrawn
        }
    };
}
