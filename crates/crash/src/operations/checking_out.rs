//! A directory outside the store is made, replaced, found and forgotten.

use super::{ALPHA, ALPHA_TWO, BETA, Operation, befalls, install, operation, set};
use crate::deed::Deed;
use crate::mishap::Mishap;
use crate::order::Setting;

/// A checkout, whose bundle has a newer version too.
const BESIDE_A_NEWER: &[Deed] = &[
    install(ALPHA),
    install(ALPHA_TWO),
    befalls(Mishap::MakePlace),
    Deed::CheckOut(ALPHA),
];

pub(super) const OPERATIONS: &[Operation] = &[
    operation(
        "checkout",
        &[install(ALPHA), befalls(Mishap::MakePlace)],
        Deed::CheckOut(ALPHA),
    ),
    operation(
        "checkout over a checkout",
        BESIDE_A_NEWER,
        Deed::CheckOut(ALPHA_TWO),
    ),
    operation(
        "checkout over a held one",
        BESIDE_A_NEWER,
        Deed::CheckOutHeld(ALPHA_TWO),
    ),
    set(
        Setting::NoExchange,
        operation(
            "checkout where names cannot be exchanged",
            BESIDE_A_NEWER,
            Deed::CheckOut(ALPHA_TWO),
        ),
    ),
    set(
        Setting::PlainRenames,
        operation(
            "checkout where there are plain renames only",
            &[install(ALPHA), befalls(Mishap::MakePlace)],
            Deed::CheckOut(ALPHA),
        ),
    ),
    set(
        Setting::PlainRenames,
        operation(
            "checkout over a checkout where there are plain renames only",
            BESIDE_A_NEWER,
            Deed::CheckOut(ALPHA_TWO),
        ),
    ),
    operation(
        "checkout over one that a server wrote into",
        &[
            install(ALPHA),
            install(ALPHA_TWO),
            befalls(Mishap::MakePlace),
            Deed::CheckOut(ALPHA),
            befalls(Mishap::Serve),
        ],
        Deed::CheckOut(ALPHA_TWO),
    ),
    operation(
        "open after a half swap",
        &[
            install(ALPHA),
            befalls(Mishap::MakePlace),
            Deed::CheckOut(ALPHA),
            befalls(Mishap::HalfSwap),
        ],
        Deed::Open,
    ),
    operation(
        "checkout again",
        &[
            install(ALPHA),
            befalls(Mishap::MakePlace),
            Deed::CheckOut(ALPHA),
        ],
        Deed::CheckOut(ALPHA),
    ),
    operation(
        "checkout beside another of the path",
        BESIDE_A_NEWER,
        Deed::CheckOutBeside(ALPHA_TWO),
    ),
    operation(
        "forget a checkout",
        &[
            install(ALPHA),
            install(BETA),
            befalls(Mishap::MakePlace),
            Deed::CheckOut(ALPHA),
            Deed::Remove(ALPHA),
        ],
        Deed::ForgetCheckout,
    ),
];
