// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.platter.shell.command.Command;

/**
 * The commands by what they are for. Command {@code x-y} of a group is the class {@code XYCommand} in the group's
 * package, found by name so that only the class of the command that runs is loaded.
 */
enum Group {
    LOOK(
            "Look at images",
            "look",
            "info",
            "map",
            "check",
            "compare",
            "measure",
            "probe",
            "read",
            "backends",
            "backend",
            "discover"),
    CHANGE("Make and change images", "change", "create", "write", "discard", "resize", "compact", "set", "delete"),
    TRANSFER("Copy, merge and move images", "transfer", "convert", "merge", "rebase", "move"),
    LIVE(
            "Open disks and jobs (interactive, or from a script)",
            "live",
            "open",
            "list",
            "snapshot",
            "flush",
            "close",
            "jobs",
            "pause",
            "resume",
            "cancel"),
    EXPORT("Offer disks to other programs", "export", "export", "exports", "unexport"),
    FORMATS("Install and upgrade formats", "formats", "available", "install", "upgrade", "rollback", "remove"),
    TOUR("See it all work", "tour", "tour");

    private final String title;
    private final String folder;
    private final List<String> commands;

    Group(String title, String folder, String... commands) {
        this.title = title;
        this.folder = folder;
        this.commands = List.of(commands);
    }

    /** What the group is called. */
    String title() {
        return title;
    }

    /** The names of its commands, the most used first. */
    List<String> commands() {
        return commands;
    }

    /** The names of all commands. */
    static List<String> allCommands() {
        return Arrays.stream(values()).flatMap(g -> g.commands.stream()).toList();
    }

    /** A fresh command of that name. */
    static Optional<Command> command(String name) {
        return Arrays.stream(values())
                .filter(group -> group.commands.contains(name))
                .findFirst()
                .map(group -> group.create(name));
    }

    private Command create(String name) {
        String type = Character.toUpperCase(name.charAt(0)) + name.substring(1) + "Command";
        try {
            return (Command) Class.forName("org.platter.shell." + folder + "." + type)
                    .getConstructor()
                    .newInstance();
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
