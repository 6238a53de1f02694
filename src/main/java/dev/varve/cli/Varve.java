package dev.varve.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * The {@code varve} command: names the subcommands and turns their outcome into the exit code. To start fast, only the class of
 * the command that is called is loaded.
 */
@Command(
        name = "varve",
        description = "Backups that you read by date: every backup is a layer.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "The password comes from VARVE_PASSWORD, VARVE_PASSWORD_FILE or VARVE_PASSWORD_COMMAND",
            "(run by sh -c), or is asked for. Exit code: 0 done, 1 failed, 2 wrong usage, 3 done but",
            "something could not be read or set. VARVE_DEBUG=1 shows where an error came from."
        })
public final class Varve implements Runnable {
    private static final Map<String, Supplier<Class<?>>> COMMANDS = commands();

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(run(CliContext.ofProcess(arguments)));
    }

    /** Runs a command line and returns its exit code. */
    static int run(CliContext context) {
        ErrorReport errors = new ErrorReport(context);
        int code;
        try {
            code = execute(context, errors);
            context.terminal().flush();
        } catch (ClosedOutputException e) {
            code = errors.report(e);
        }
        return code;
    }

    private static int execute(CliContext context, ErrorReport errors) throws ClosedOutputException {
        List<String> words = context.arguments();
        if (words.size() == 1
                && (words.get(0).equals("--version") || words.get(0).equals("-V"))) {
            context.terminal().line(version());
            return ErrorReport.DONE;
        }
        try {
            CommandLine line = commandLine(context);
            line.setExecutionExceptionHandler(errors).setParameterExceptionHandler(errors);
            return line.execute(words.toArray(new String[0]));
        } catch (RuntimeException | Error e) {
            return errors.report(e);
        }
    }

    private static CommandLine commandLine(CliContext context) {
        CommandLine line = new CommandLine(new Varve(), new CommandFactory(context));
        String called = context.arguments().stream()
                .filter(word -> !word.startsWith("-"))
                .findFirst()
                .orElse("");
        boolean known = COMMANDS.containsKey(called) && !called.equals("help");
        COMMANDS.forEach((name, command) -> {
            if (!known || name.equals(called)) {
                line.addSubcommand(name, command.get());
            }
        });
        line.getCommandSpec().version(version());
        line.getCommandSpec()
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print the version and exit.")
                        .build());
        addHelp(line);
        line.setUsageHelpWidth(100);
        line.setOut(context.terminal().outWriter());
        return line;
    }

    /** {@code --help} for every command. */
    private static void addHelp(CommandLine line) {
        if (line.getCommandSpec().findOption("--help") == null) {
            line.getCommandSpec()
                    .addOption(OptionSpec.builder("-h", "--help")
                            .usageHelp(true)
                            .description("Show this help and exit.")
                            .build());
        }
        line.getSubcommands().values().forEach(Varve::addHelp);
    }

    private static Map<String, Supplier<Class<?>>> commands() {
        Map<String, Supplier<Class<?>>> commands = new LinkedHashMap<>();
        commands.put("init", () -> InitCommand.class);
        commands.put("backup", () -> BackupCommand.class);
        commands.put("mount", () -> MountCommand.class);
        commands.put("umount", () -> UmountCommand.class);
        commands.put("snapshots", () -> SnapshotsCommand.class);
        commands.put("ls", () -> ListCommand.class);
        commands.put("restore", () -> RestoreCommand.class);
        commands.put("image", () -> ImageCommand.class);
        commands.put("tag", () -> TagCommand.class);
        commands.put("forget", () -> ForgetCommand.class);
        commands.put("prune", () -> PruneCommand.class);
        commands.put("tier", () -> TierCommand.class);
        commands.put("recall", () -> RecallCommand.class);
        commands.put("check", () -> CheckCommand.class);
        commands.put("key", () -> KeyCommand.class);
        commands.put("help", () -> CommandLine.HelpCommand.class);
        return commands;
    }

    /** The version the jar was built as, from its manifest. */
    static String version() {
        String version = Varve.class.getPackage().getImplementationVersion();
        return "varve " + (version == null ? "(not from a jar)" : version);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command");
    }
}
