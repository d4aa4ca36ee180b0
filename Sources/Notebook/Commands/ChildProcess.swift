import Foundation
import KernelSupport
import Synchronization

/// Somebody asked the command to end before its work was done.
package struct Interrupted: ReportedError, Equatable {
  /// The line.
  package var description: String { "interrupted; what was finished is kept" }

  /// The status that a shell gives to Ctrl-C.
  package var exitStatus: ExitStatus { .interrupted }
}

/// A program that a command runs, and that ends when the command is told to end.
///
/// Such a program has a process group of its own, so that the terminal's Ctrl-C reaches the command only. A command
/// that has called `passOnSignals` takes the signals of Ctrl-C, `kill` and a closed terminal itself, passes them
/// on, and ends in the ordinary way, with an error.
package enum ChildProcess {
  private struct State {
    var running: pid_t?
    var isInterrupted = false
  }

  private static let state = Mutex(State())

  /// Runs a program to its end.
  ///
  /// - Parameter process: the program, ready to run; it has ended when this returns.
  /// - Throws: `Interrupted`, and what Foundation throws if the program cannot be started.
  package static func run(_ process: Process) throws {
    try checkInterruption()
    try process.run()
    state.withLock { $0.running = process.processIdentifier }
    // A signal may have come since the check.
    if (try? checkInterruption()) == nil { end(process.processIdentifier, with: SIGTERM) }
    process.waitUntilExit()
    state.withLock { $0.running = nil }
    try checkInterruption()
  }

  /// Begins to wait for signals; one that the command was started to ignore, as `nohup` does, stays ignored.
  package static func passOnSignals() {
    _ = unsafe signals
    // Whoever started the command may have blocked them, for the programs that it runs as well.
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in numbers { unsafe sigaddset(&set, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  private static let numbers = [SIGINT, SIGTERM, SIGHUP]

  private static func checkInterruption() throws(Interrupted) {
    if state.withLock(\.isInterrupted) { throw Interrupted() }
  }

  /// What waits for the signals, for the life of the process.
  nonisolated(unsafe) private static let signals: [any DispatchSourceSignal] = numbers.compactMap {
    let former = signal($0, SIG_IGN)
    let isIgnored =
      unsafe unsafeBitCast(former, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    guard !isIgnored else { return nil }
    let source = DispatchSource.makeSignalSource(signal: $0, queue: .global())
    source.setEventHandler(handler: interrupt)
    source.resume()
    return source
  }

  /// Ends the program that is running: gently at first, by force when it takes long or is asked for again.
  private static func interrupt() {
    let (running, isRepeated) = state.withLock { state in
      defer { state.isInterrupted = true }
      return (state.running, state.isInterrupted)
    }
    guard let running else { return }
    end(running, with: isRepeated ? SIGKILL : SIGTERM)
    DispatchQueue.global().asyncAfter(deadline: .now() + 3) {
      if state.withLock({ $0.running == running }) { end(running, with: SIGKILL) }
    }
  }

  /// Sends a signal to a program and all that it has started.
  private static func end(_ program: pid_t, with signal: Int32) {
    if kill(-program, signal) != 0 { kill(program, signal) }
  }
}
