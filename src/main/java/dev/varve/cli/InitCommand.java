package dev.varve.cli;

import dev.varve.crypto.Password;
import dev.varve.model.RefusedException;
import dev.varve.repository.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varve init}. */
@Command(
        name = "init",
        description = "Make a repository in an empty or new directory.",
        footer = {
            "",
            "Without the password the backups are lost: keep a copy of it elsewhere.",
            "",
            "  varve init --repo /mnt/backup/varve",
            "  VARVE_PASSWORD_FILE=/root/varve.password varve init --repo /mnt/backup/varve"
        })
final class InitCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Option(
            names = "--unencrypted",
            description = "No password: whoever can read the directory can read every backup in it.")
    private boolean unencrypted;

    InitCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        Path directory = repository.directory(context);
        if (Files.exists(directory.resolve("config"))) {
            throw new RefusedException(directory + " is a repository already");
        }
        if (unencrypted) {
            create(directory, null);
            context.terminal().error("warning: not encrypted: whoever can read " + directory + " can read its backups");
            return ErrorReport.DONE;
        }
        try (Password password =
                PasswordSource.current(context).read("new password for the repository in " + directory, true)) {
            create(directory, password);
        }
        return ErrorReport.DONE;
    }

    private void create(Path directory, Password password) throws IOException {
        try (Repository made = Repository.create(directory, password)) {
            boolean reserved = made.reserve().restore();
            if (!reserved) {
                context.terminal()
                        .error("warning: no room in " + directory
                                + " for a reserve of 32 MiB, by which old backups could be removed from a full disk");
            }
            context.terminal()
                    .line("made repository " + made.config().id().toHex() + " in " + directory
                            + (password == null ? ", not encrypted" : ""));
        }
    }
}
