//! Boards in a thread of their own, those that are off included.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    time::Duration,
};

use socket2::{Domain, Socket, Type};
use tokio::sync::oneshot;
use venue_benches::board::Board;

/// How long a device takes for a command.
pub(crate) const LATENCY: Duration = Duration::from_millis(50);

/// A thread with boards. It ends when this is dropped.
pub(crate) struct Boards {
    /// Each address behind it is a board that takes [`LATENCY`].
    pub(crate) slow: SocketAddr,
    /// A board that answers at once.
    pub(crate) fast: SocketAddr,
    /// What that board knows.
    pub(crate) fast_board: Arc<Board>,
    _end: oneshot::Sender<()>,
}

impl Boards {
    pub(crate) fn start() -> Self {
        let (tell, told) = mpsc::channel();
        let (end, ended) = oneshot::channel::<()>();
        let fast_board = Board::new(false, false);
        let board = Arc::clone(&fast_board);
        std::thread::spawn(move || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.enable_all().build().unwrap().block_on(async {
                tell.send((Board::slow(LATENCY).listen().await, board.listen().await)).unwrap();
                drop(ended.await);
            });
        });
        let (slow, fast) = told.recv().unwrap();
        Self { slow, fast, fast_board, _end: end }
    }
}

/// Where nobody listens: whoever connects is refused.
pub(crate) fn refusing() -> SocketAddr {
    // The port was free a moment ago, and the system hands the next one to the next who asks.
    TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap()
}

/// A socket whose queue of connections is full: the system drops every further SYN, as a board
/// without power leaves it unanswered.
pub(crate) struct Deaf {
    pub(crate) address: SocketAddr,
    _listener: Socket,
    _fillers: Vec<Socket>,
}

impl Deaf {
    /// # Panics
    /// If somebody is still let in.
    pub(crate) fn listen() -> Self {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from(([0, 0, 0, 0], 0)).into()).unwrap();
        listener.listen(0).unwrap();
        let port = listener.local_addr().unwrap().as_socket().unwrap().port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let fillers = (0..2).map(|_| {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            filler.set_nonblocking(true).unwrap();
            // Under way is enough: the system takes it, or drops it.
            drop(filler.connect(&address.into()));
            filler
        });
        let fillers = fillers.collect();
        let probe = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300));
        assert!(probe.is_err(), "this system answers a SYN that has no place");
        Self { address, _listener: listener, _fillers: fillers }
    }
}
