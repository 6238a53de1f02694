package dev.varve.cli;

import dev.varve.model.VarveException;
import dev.varve.posix.Errno;
import dev.varve.posix.PosixException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The one place that turns what went wrong into a line on standard error and an exit code. {@code VARVE_DEBUG=1} adds the stack trace. */
final class ErrorReport implements CommandLine.IExecutionExceptionHandler, CommandLine.IParameterExceptionHandler {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    /** Done, but something could not be read or set; it was named on standard error. */
    static final int INCOMPLETE = 3;

    private final CliContext context;

    ErrorReport(CliContext context) {
        this.context = context;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        return failure instanceof ParameterException usage ? usage(usage) : report(failure);
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        return usage(failure);
    }

    /** Reports anything that was thrown. */
    int report(Throwable failure) {
        if (context.variable("VARVE_DEBUG") != null) {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            context.terminal().raw(trace.toString());
        }
        if (failure instanceof ClosedOutputException) {
            return DONE;
        }
        if (failure instanceof PosixException posix && posix.is(Errno.EPIPE)) {
            return FAILED; // an image that is cut off is not done; why is plain to whoever closed the pipe
        }
        context.terminal().error(message(failure));
        return FAILED;
    }

    private int usage(ParameterException failure) {
        String command = failure.getCommandLine().getCommandSpec().qualifiedName(" ");
        String help = command.equals("varve") ? "varve help" : command.replaceFirst(" ", " help ");
        String message = CliContext.shown(Terminal.oneLine(failure.getMessage()));
        context.terminal().error(message + (message.endsWith(".") ? " See " : "; see ") + help);
        return USAGE;
    }

    static String message(Throwable failure) {
        if (failure instanceof VarveException) {
            return failure.getMessage();
        } else if (failure instanceof IOException e) {
            return CliContext.shown(Terminal.oneLine(ioMessage(e)));
        } else if (failure instanceof OutOfMemoryError) {
            return "out of memory with a heap of " + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MiB; give it more with VARVE_JAVA_OPTS=-Xmx1g";
        }
        LinkageError link = cause(failure, LinkageError.class);
        if (link != null) {
            return "a native library cannot be loaded (" + link.getMessage()
                    + "); if /tmp is mounted noexec, set VARVE_JAVA_OPTS=-Djava.io.tmpdir=DIR to a directory that is not";
        }
        return "internal error: " + failure + "; please report it with what VARVE_DEBUG=1 prints";
    }

    private static String ioMessage(IOException e) {
        if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
            return named(e, "no such file or directory");
        } else if (e instanceof AccessDeniedException) {
            return named(e, "permission denied");
        } else if (e instanceof NotDirectoryException) {
            return named(e, "not a directory");
        }
        return e.getMessage() == null ? "I/O error: " + e.getClass().getSimpleName() : e.getMessage();
    }

    private static String named(IOException e, String reason) {
        return e instanceof FileSystemException file ? file.getFile() + ": " + reason : e.getMessage();
    }

    private static <T extends Throwable> T cause(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnsatisfiedLinkError || cause instanceof NoClassDefFoundError) {
                return type.cast(cause);
            }
        }
        return null;
    }
}
