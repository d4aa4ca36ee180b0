import Foundation
import Synchronization

/// What a program chooses once, before its first kernel runs: the backend and the number of threads.
///
/// A notebook reads like a script, from top to bottom, with no closure around it that could bind a
/// task-local value; its options `--kernels` and `--threads` arrive here instead. Code that wants
/// another setting for a while binds `Backend.$current` or `Threads.$count`.
public struct LaunchSettings: Sendable {
  /// The backend that `Backend.current` starts from.
  public var backend: Backend

  /// The thread count that `Threads.count` starts from, at least 1.
  public var threadCount: Int

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - backend: which kernels to use.
  ///   - threadCount: how many threads a kernel may use, at least 1.
  public init(backend: Backend = .fast, threadCount: Int = Threads.available) {
    precondition(threadCount >= 1, "LaunchSettings: a thread count of \(threadCount) is below 1")
    self.backend = backend
    self.threadCount = threadCount
  }

  private static let chosen = Mutex<LaunchSettings?>(nil)

  /// The settings in force; reading them fixes them for the life of the process.
  public static var current: LaunchSettings {
    chosen.withLock { settings in
      if let settings { return settings }
      let standard = LaunchSettings()
      settings = standard
      keepFreedMemory()
      return standard
    }
  }

  /// Fixes the settings for the life of the process.
  ///
  /// - Precondition: nothing has read them yet, since half a program would run with the old ones.
  public static func choose(_ settings: LaunchSettings) {
    chosen.withLock { current in
      precondition(current == nil, "LaunchSettings.choose: settings are already in use")
      current = settings
      keepFreedMemory()
    }
  }

  /// Tells the allocator to keep freed memory for the next request.
  ///
  /// A training step frees what the next one needs again. GNU's allocator gives large blocks back to the
  /// system at once, which then clears every page anew: a quarter of the time of a 512 × 512 matrix
  /// product. The allocators of other systems keep freed blocks by themselves.
  private static func keepFreedMemory() {
    #if canImport(Glibc)
      typealias SetOption = @convention(c) (_ option: CInt, _ value: CInt) -> CInt
      guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
      let mallopt = unsafe unsafeBitCast(symbol, to: SetOption.self)
      let trimThreshold: CInt = -1
      let mapThreshold: CInt = -3
      _ = mallopt(trimThreshold, 1 << 30)
      _ = mallopt(mapThreshold, 32 << 20)
    #endif
  }
}
