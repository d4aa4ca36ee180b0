import Foundation

/// Confines this process before an answer is called in it: a group of its own, so that it can be ended with
/// all that it starts; no more memory, and no larger files, than an exercise needs.
///
/// Linux keeps the memory limit; macOS takes it for a wish. An answer can lower both and not raise them.
///
/// - Parameter memoryLimit: in megabytes.
func confineProcess(memoryLimit: Int) {
  setpgid(0, 0)
  #if canImport(Darwin)
    let (memory, files) = (RLIMIT_AS, RLIMIT_FSIZE)
  #else
    let (memory, files) = (Int32(RLIMIT_AS.rawValue), Int32(RLIMIT_FSIZE.rawValue))
  #endif
  for (resource, megabytes) in [(memory, memoryLimit), (files, 64)] {
    let bytes = rlim_t(megabytes) << 20
    var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
    unsafe setrlimit(resource, &limit)
  }
}
