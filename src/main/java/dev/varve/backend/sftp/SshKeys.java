package dev.varve.backend.sftp;

import com.jcraft.jsch.AgentIdentityRepository;
import com.jcraft.jsch.AgentProxyException;
import com.jcraft.jsch.ConfigRepository;
import com.jcraft.jsch.Identity;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.KeyPair;
import com.jcraft.jsch.SSHAgentConnector;
import dev.varve.model.RefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The keys of a user, in the order in which they are offered: the file that was asked for, the agent's, the files of
 * {@code ~/.ssh/config}, the usual files. A file that needs a passphrase is left to the agent. Not thread safe.
 */
final class SshKeys {
    private static final List<String> USUAL = List.of("id_ed25519", "id_ecdsa", "id_rsa");

    private final JSch jsch;
    private final Path home;
    private final List<String> offered = new ArrayList<>();
    private final List<String> locked = new ArrayList<>();

    SshKeys(JSch jsch, Path home) {
        this.jsch = jsch;
        this.home = home;
    }

    /** @throws RefusedException if the file that was asked for can't be used */
    void offer(Path asked, ConfigRepository.Config config, String agentSocket) throws RefusedException {
        if (asked != null) {
            offerAsked(asked);
        }
        if (!"yes".equalsIgnoreCase(config.getValue("IdentitiesOnly"))) {
            offerAgent(agentSocket);
        }
        Set<Path> files = new LinkedHashSet<>();
        String[] configured = config.getValues("IdentityFile");
        if (configured != null) {
            for (String file : configured) {
                files.add(expanded(file));
            }
        }
        if (files.isEmpty() && asked == null) {
            USUAL.forEach(name -> files.add(home.resolve(".ssh").resolve(name)));
        }
        for (Path file : files) {
            if (Files.isReadable(file)) {
                try {
                    add(file);
                } catch (JSchException e) {
                    locked.add(file + " (" + e.getMessage() + ")");
                }
            }
        }
    }

    /** What was tried, for a message. */
    String describe() {
        String tried = offered.isEmpty() ? "no key was found" : "tried " + String.join(", ", offered);
        return locked.isEmpty()
                ? tried
                : tried + "; can't use " + String.join(", ", locked) + ": add it to the agent with ssh-add";
    }

    private void offerAsked(Path file) throws RefusedException {
        if (!Files.isReadable(file)) {
            throw new RefusedException("the key " + file + " can't be read; give another identity-file");
        }
        try {
            add(file);
        } catch (JSchException e) {
            throw new RefusedException("the key " + file + " can't be used: " + e.getMessage());
        }
    }

    private void add(Path file) throws JSchException {
        KeyPair pair = KeyPair.load(jsch, file.toString());
        boolean encrypted = pair.isEncrypted();
        pair.dispose();
        if (encrypted) {
            locked.add(file + " (it has a passphrase)");
        } else {
            jsch.addIdentity(file.toString());
            offered.add(file.toString());
        }
    }

    private void offerAgent(String socket) {
        if (socket == null || !Files.exists(Path.of(socket))) {
            return;
        }
        try {
            for (Identity identity :
                    new AgentIdentityRepository(new SSHAgentConnector(Path.of(socket))).getIdentities()) {
                jsch.addIdentity(identity, null);
                offered.add("the agent's " + identity.getName());
            }
        } catch (AgentProxyException | JSchException e) {
            locked.add("the agent (" + e.getMessage() + ")");
        }
    }

    private Path expanded(String file) {
        String bare = file.startsWith("\"") && file.endsWith("\"") ? file.substring(1, file.length() - 1) : file;
        return bare.startsWith("~/")
                ? home.resolve(bare.substring(2))
                : home.resolve(".ssh").resolve(bare);
    }
}
