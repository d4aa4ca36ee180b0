import KernelSupport

/// How well a score tells anomalies from normal examples: the chance that of one of each the anomaly has the
/// higher score, ties counting half.
///
/// ½ for a score that says nothing, 1 for one that separates them; it equals the area under the curve of true
/// against false alarms.
///
/// - Parameters:
///   - normal: the scores of normal examples, at least one.
///   - anomalous: the scores of anomalies, at least one.
///
/// Source: Mann and Whitney, 1947; Hanley and McNeil, 1982.
public func areaUnderCurve(normal: [Scalar], anomalous: [Scalar]) -> Double {
  precondition(
    !normal.isEmpty && !anomalous.isEmpty,
    "areaUnderCurve: \(normal.count) normal and \(anomalous.count) anomalous scores")
  let all = (normal.map { ($0, false) } + anomalous.map { ($0, true) }).sorted { $0.0 < $1.0 }
  var (wins, below, start) = (0.0, 0, 0)
  while start < all.count {
    var end = start
    while end < all.count && all[end].0 == all[start].0 { end += 1 }
    let ties = all[start..<end]
    let (higher, equal) = (ties.count { $0.1 }, ties.count { !$0.1 })
    wins += Double(higher) * (Double(below) + Double(equal) / 2)
    below += equal
    start = end
  }
  return wins / (Double(normal.count) * Double(anomalous.count))
}
