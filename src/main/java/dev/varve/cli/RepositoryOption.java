package dev.varve.cli;

import dev.varve.model.RefusedException;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryLocation;
import dev.varve.repository.RepositoryOptions;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --repo}, and how a repository is opened with what it or the environment says. */
final class RepositoryOption {
    @Option(
            names = {"--repo", "--hot"},
            paramLabel = "PLACE",
            description = {
                "The repository: a directory, sftp://user@host/path or s3://bucket/prefix;",
                "else the environment's VARVE_REPO."
            })
    private String repository;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    RepositoryLocation location(CliContext context) throws RefusedException {
        String named = repository != null ? repository : context.variable("VARVE_REPO");
        if (named == null) {
            throw new ParameterException(command.commandLine(), "No repository: give --repo or set VARVE_REPO");
        }
        return RepositoryLocation.parse(named, context.variable("XDG_CACHE_HOME"));
    }

    /** The caller closes it. */
    Repository open(CliContext context) throws IOException {
        RepositoryLocation location = location(context);
        return location.open(
                () -> PasswordSource.current(context)
                        .read("password of the repository in " + location.describe(), false),
                RepositoryOptions.defaults());
    }
}
