// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A real target, tgtd, of this test's own. */
final class Tgt implements AutoCloseable {
    private final Path folder;
    private Map<String, String> facts;

    private Tgt(Path folder) {
        this.folder = folder;
    }

    /** Starts one whose units are files in {@code folder}; skips the test where tgt is not installed. */
    static Tgt start(Path folder, String... options) throws IOException {
        Rigs.require("tgtd", "tgtadm");
        Tgt target = new Tgt(folder);
        List<String> arguments = new ArrayList<>(List.of("0"));
        arguments.addAll(List.of(options));
        target.facts = target.script("start", arguments.toArray(String[]::new));
        return target;
    }

    private Map<String, String> script(String verb, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("bash", Rigs.folder().resolve("tgt.sh").toString(), verb, folder.toString()));
        command.addAll(List.of(arguments));
        Map<String, String> lines = new HashMap<>();
        Rigs.run(command).lines().filter(line -> line.matches("[A-Z]+=.*")).forEach(line -> {
            int equals = line.indexOf('=');
            lines.put(line.substring(0, equals), line.substring(equals + 1));
        });
        return lines;
    }

    String portal() {
        return facts.get("PORTAL");
    }

    int port() {
        return Integer.parseInt(portal().substring(portal().lastIndexOf(':') + 1));
    }

    String name() {
        return facts.get("TARGET");
    }

    URI url(int lun) {
        return URI.create("iscsi://" + portal() + "/" + name() + "/" + lun);
    }

    /** The file behind a unit. */
    Path file(int lun) {
        return folder.resolve("lun" + lun + ".img");
    }

    void stop() throws IOException {
        script("stop");
    }

    void crash() throws IOException {
        script("crash");
    }

    void restart() throws IOException {
        script("restart");
    }

    void pause() throws IOException {
        script("pause");
    }

    void resume() throws IOException {
        script("resume");
    }

    void drop() throws IOException {
        script("drop");
    }

    /** Runs tgtadm on this target's behalf. */
    String admin(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("bash", Rigs.folder().resolve("tgt.sh").toString(), "adm", folder.toString()));
        command.addAll(List.of("--lld", "iscsi"));
        command.addAll(List.of(arguments));
        return Rigs.run(command);
    }

    /** Changes a parameter of the target. */
    void set(String key, String value) throws IOException {
        admin("--mode", "target", "--op", "update", "--tid", "1", "--name", key, "--value", value);
    }

    /** Changes parameters of a unit. */
    void unit(int lun, String parameters) throws IOException {
        admin("--mode", "logicalunit", "--op", "update", "--tid", "1", "--lun", "" + lun, "--params", parameters);
    }

    /** How many sessions it has now. */
    long sessions() throws IOException {
        return admin("--mode", "conn", "--op", "show", "--tid", "1")
                .lines()
                .filter(line -> line.startsWith("Session:"))
                .count();
    }

    @Override
    public void close() throws IOException {
        stop();
    }
}
