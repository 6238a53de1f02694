package dev.varve.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The {@code varve} command: names the subcommands and turns their outcome into the exit code. */
@Command(
        name = "varve",
        description = "Backups that you read by date: every backup is a layer.",
        versionProvider = Varve.JarVersion.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class Varve implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Varve()).execute(arguments));
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Name a command.");
    }

    /** The version the jar was built as, from its manifest. */
    static final class JarVersion implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Varve.class.getPackage().getImplementationVersion();
            return new String[] {"varve " + (version == null ? "(not from a jar)" : version)};
        }
    }
}
