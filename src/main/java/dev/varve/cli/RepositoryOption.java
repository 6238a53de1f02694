package dev.varve.cli;

import dev.varve.crypto.Password;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --repo}, and how a repository is opened with what it or the environment says. */
final class RepositoryOption {
    @Option(names = "--repo", paramLabel = "DIR", description = "The repository; else the environment's VARVE_REPO.")
    private Path repository;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    Path directory(CliContext context) {
        if (repository != null) {
            return repository;
        }
        String variable = context.variable("VARVE_REPO");
        if (variable == null) {
            throw new ParameterException(command.commandLine(), "No repository: give --repo or set VARVE_REPO");
        }
        return Path.of(variable);
    }

    /** The caller closes it. */
    Repository open(CliContext context) throws IOException {
        Path directory = directory(context).toAbsolutePath(); // a mount changes the working directory
        if (!Repository.isEncrypted(directory)) {
            return Repository.open(directory, null, RepositoryOptions.defaults());
        }
        try (Password password =
                PasswordSource.current(context).read("password of the repository in " + directory, false)) {
            return Repository.open(directory, password, RepositoryOptions.defaults());
        }
    }
}
