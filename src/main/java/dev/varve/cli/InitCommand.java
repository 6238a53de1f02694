package dev.varve.cli;

import dev.varve.crypto.KeyDerivation;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryLocation;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varve init}. */
@Command(
        name = "init",
        description = "Make a repository in an empty or new place.",
        footer = {
            "",
            "Without the password the backups are lost: keep a copy of it elsewhere.",
            "",
            "  varve init --repo /mnt/backup/varve",
            "  varve init --repo sftp://backup@vault.example/srv/varve",
            "  varve init --repo s3://bucket/varve",
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
        RepositoryLocation location = repository.location(context);
        if (unencrypted) {
            create(location, null);
            context.terminal()
                    .error("warning: not encrypted: whoever can read " + location.describe() + " can read its backups");
        } else {
            create(
                    location,
                    () -> PasswordSource.current(context)
                            .read("new password for the repository in " + location.describe(), true));
        }
        return ErrorReport.DONE;
    }

    private void create(RepositoryLocation location, RepositoryLocation.Passwords passwords) throws IOException {
        try (Repository made = location.create(passwords, KeyDerivation.DEFAULT)) {
            boolean reserved = made.directory() == null || made.reserve().restore();
            if (!reserved) {
                context.terminal()
                        .error("warning: no room in " + location.describe()
                                + " for a reserve of 32 MiB, by which old backups could be removed from a full disk");
            }
            context.terminal()
                    .line("made repository " + made.config().id().toHex() + " in " + location.describe()
                            + (passwords == null ? ", not encrypted" : ""));
        }
    }
}
