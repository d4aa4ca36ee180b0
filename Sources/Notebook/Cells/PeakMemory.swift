import Foundation

/// The most memory that this process has taken at any moment, in bytes.
package var peakMemory: Int {
  var usage = rusage()
  // 0 stands for the process itself; the name of that number has another type on each system.
  guard unsafe getrusage(0, &usage) == 0 else { return 0 }
  // Linux counts in kilobytes, macOS in bytes.
  #if canImport(Darwin)
    return usage.ru_maxrss
  #else
    return usage.ru_maxrss * 1024
  #endif
}

/// An amount of memory, rounded up: `152 MB`.
func megabytesText(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }
