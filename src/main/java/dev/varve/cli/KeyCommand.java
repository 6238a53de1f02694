package dev.varve.cli;

import dev.varve.crypto.Password;
import dev.varve.model.RefusedException;
import dev.varve.repository.KeyRing;
import dev.varve.repository.Repository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varve key} and its three parts. */
@Command(
        name = "key",
        description = "The passwords of a repository: any of them opens it.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {KeyCommand.Add.class, KeyCommand.Remove.class, KeyCommand.Listing.class},
        footer = {
            "",
            "To change a password: add the new one, then remove the old one by its id.",
            "",
            "  varve key add --label safe",
            "  varve key list",
            "  varve key remove 0123456789abcdef"
        })
final class KeyCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say add, remove or list");
    }

    /** {@code varve key add}. */
    @Command(
            name = "add",
            description = {
                "Add a password.",
                "It comes from VARVE_NEW_PASSWORD, VARVE_NEW_PASSWORD_FILE or VARVE_NEW_PASSWORD_COMMAND, or is asked for."
            })
    static final class Add implements Callable<Integer> {
        private final CliContext context;

        @Mixin
        private RepositoryOption repository;

        @Option(
                names = "--label",
                paramLabel = "TEXT",
                defaultValue = "",
                description = "To tell it from the others; not secret.")
        private String label;

        Add(CliContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws IOException {
            try (Repository opened = repository.open(context)) {
                if (!opened.config().encrypted()) {
                    throw new RefusedException(opened.describe() + " is not encrypted: it has no passwords");
                }
                try (Password added = PasswordSource.added(context).read("password to add", true)) {
                    String id = opened.addPassword(added, CliContext.text(label));
                    context.terminal().line("added key " + id);
                }
            }
            return ErrorReport.DONE;
        }
    }

    /** {@code varve key remove}. */
    @Command(name = "remove", description = "Remove a password; never the last one.")
    static final class Remove implements Callable<Integer> {
        private final CliContext context;

        @Mixin
        private RepositoryOption repository;

        @Parameters(paramLabel = "ID", description = "As varve key list shows it.")
        private String id;

        Remove(CliContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws IOException {
            try (Repository opened = repository.open(context)) {
                opened.keys().remove(id);
                context.terminal().line("removed key " + id);
            }
            return ErrorReport.DONE;
        }
    }

    /** {@code varve key list}. */
    @Command(name = "list", description = "List the passwords' ids, ages and labels.")
    static final class Listing implements Callable<Integer> {
        private final CliContext context;

        @Mixin
        private RepositoryOption repository;

        @Option(names = "--json", description = "As a JSON array.")
        private boolean json;

        Listing(CliContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws IOException {
            try (Repository opened = repository.open(context)) {
                List<KeyRing.KeyInfo> keys = opened.keys().list();
                if (json) {
                    JsonWriter writer = new JsonWriter(context.terminal()).beginArray();
                    for (KeyRing.KeyInfo key : keys) {
                        writer.beginObject()
                                .member("id", key.id())
                                .member("label", key.label())
                                .member("created", key.created().toString())
                                .endObject();
                    }
                    writer.endArray().finish();
                } else {
                    List<String[]> rows = new ArrayList<>();
                    rows.add(new String[] {"ID", "CREATED", "LABEL"});
                    keys.forEach(key ->
                            rows.add(new String[] {key.id(), key.created().toString(), Terminal.oneLine(key.label())}));
                    Table.print(rows, context.terminal());
                }
            }
            return ErrorReport.DONE;
        }
    }
}
