import Notebook

reportingErrors(of: "bench") { try bench(Array(CommandLine.arguments.dropFirst())) }
