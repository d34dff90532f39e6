//! The faults that are planted, each with the case that must find it.

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    StaleStaysClaimable,
    SupersededAsDelivered,
    ScheduledNeverExpires,
    QueueIdUsedTwice,
    MergedWithoutHighestKey,
    PartOfACallIsStored,
    ToggleHandedOutAgain,
    RecordRaisesNoFence,
    KeyForgottenAtRestart,
    KeyAnswersAnother,
    AnswerWithoutItsRecords,
    CancelledInFlight,
    PortCountedTwice,
    OpenIsForgotten,
    RescueCountsNoUnknown,
    PassedOverInFlight,
    BusyHandedOut,
    PriorityIgnored,
    SequenceIgnored,
    ExpiresEarly,
    LateNeverCleared,
    UnknownIsBelieved,
    RedoneTwice,
    OwnNatureForgotten,
    PortsFoldedOver,
}

/// A fault, what it is in words, and the case of the suite that must find it.
pub(crate) type Line = (Fault, &'static str, &'static str);

/// All of them.
pub(crate) const FAULTS: [Line; 25] = [
    (
        Fault::StaleStaysClaimable,
        "a newer direct command leaves the stale one claimable",
        "direct::a_direct_command_supersedes_what_waits_before_it_is_sent",
    ),
    (
        Fault::SupersededAsDelivered,
        "what its lane found to be superseded is settled as delivered",
        "flight::what_was_replaced_in_its_lane_ends_superseded",
    ),
    (
        Fault::ScheduledNeverExpires,
        "scheduled commands never expire",
        "due::what_is_scheduled_expires_as_well",
    ),
    (
        Fault::QueueIdUsedTwice,
        "a queue id is used twice",
        "restart::a_queue_id_is_never_used_twice",
    ),
    (
        Fault::MergedWithoutHighestKey,
        "fences are merged without the highest key",
        "restart::the_highest_key_is_above_what_was_merged",
    ),
    (
        Fault::PartOfACallIsStored,
        "enqueue_all stores what comes before a command that is refused",
        "batches::all_commands_of_a_call_are_stored_or_none",
    ),
    (
        Fault::ToggleHandedOutAgain,
        "a toggle of unknown end is handed out again",
        "flight::a_retry_that_could_press_twice_is_refused",
    ),
    (
        Fault::RecordRaisesNoFence,
        "the record of a direct command raises no fence",
        "order::a_command_that_comes_late_is_recorded_as_superseded",
    ),
    (
        Fault::KeyForgottenAtRestart,
        "the key of a request is forgotten at a restart",
        "keys::a_repeated_request_gets_the_stored_answer",
    ),
    (
        Fault::KeyAnswersAnother,
        "the key of a request answers another request",
        "keys::a_key_is_bound_to_its_caller_and_its_request",
    ),
    (
        Fault::AnswerWithoutItsRecords,
        "the answer to a keyed request is kept without the direct command that it names",
        "answered::an_answer_is_kept_with_the_commands_that_it_names",
    ),
    (
        Fault::CancelledInFlight,
        "cancelling a command in flight says that it is cancelled",
        "flight::cancelling_is_too_late_for_what_is_in_flight",
    ),
    (
        Fault::PortCountedTwice,
        "a batch counts a port twice",
        "batches::a_port_that_a_batch_commands_twice_is_one_port",
    ),
    (
        Fault::OpenIsForgotten,
        "retention removes what is open",
        "retention::what_is_open_is_never_forgotten",
    ),
    (
        Fault::RescueCountsNoUnknown,
        "rescue gives back a command without counting the unknown attempt",
        "flight::a_lease_that_is_over_is_taken_back",
    ),
    (
        Fault::PassedOverInFlight,
        "passing over leaves a command in flight",
        "flight::what_is_passed_over_is_counted_and_never_in_flight",
    ),
    (
        Fault::BusyHandedOut,
        "a command for a port that is busy is handed out",
        "flight::beside_what_is_in_flight_only_other_ports_are_handed_out",
    ),
    (Fault::PriorityIgnored, "claims ignore the priority", "turns::higher_priority_goes_first"),
    (
        Fault::SequenceIgnored,
        "claims ignore the order of the keys of a sequence",
        "order::a_later_key_never_overtakes_an_earlier_one",
    ),
    (
        Fault::ExpiresEarly,
        "a command expires before its time",
        "due::expired_commands_end_and_the_next_expiry_is_told",
    ),
    (
        Fault::LateNeverCleared,
        "late commands are never cleared",
        "lanes::what_its_lane_found_to_be_over_is_late_no_more",
    ),
    (
        Fault::UnknownIsBelieved,
        "an attempt of unknown end changes what is assumed",
        "direct::only_what_was_delivered_changes_the_port_status",
    ),
    (
        Fault::RedoneTwice,
        "of two equal requests to try a batch anew both are stored",
        "batches::of_two_retries_at_once_one_is_stored",
    ),
    (
        Fault::OwnNatureForgotten,
        "an action of a program's own is kept by its name, and comes back as one that sets a state",
        "vocabulary::what_follows_an_action_of_ones_own_is_told_by_its_nature",
    ),
    (
        Fault::PortsFoldedOver,
        "ports are kept in three bits",
        "vocabulary::ports_up_to_255_are_ports_of_their_own",
    ),
];
