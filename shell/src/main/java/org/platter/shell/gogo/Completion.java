// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.platter.disk.DiskManager;
import org.platter.disk.FormatInfo;
import org.platter.disk.OpenFlag;
import org.platter.shell.image.Values;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.Syntax;

/**
 * What can stand at a place of a command line.
 *
 * @param words what is known, besides files
 * @param files whether it may be a file or folder
 */
record Completion(List<String> words, Files files) {
    /** Which names of the host's files are meant. */
    enum Files {
        /** None. */
        NONE,
        /** All. */
        ALL,
        /** Folders only. */
        FOLDERS
    }

    private static final Completion NOTHING = new Completion(List.of(), Files.NONE);

    /** What the word at {@code index} can be; {@code line} starts with the command's name. */
    static Completion of(Syntax syntax, List<String> line, int index, DiskManager manager) {
        String word = index < line.size() ? line.get(index) : "";
        if (index > 1) {
            Optional<Option<?>> option = valued(syntax, line.get(index - 1));
            if (option.isPresent()) {
                return of(option.get().label(), word, manager);
            }
        }
        int place = 0;
        for (int i = 1; i < index; i++) {
            boolean value = i > 1 && valued(syntax, line.get(i - 1)).isPresent();
            place += value || line.get(i).startsWith("-") ? 0 : 1;
        }
        List<Argument<?>> arguments = syntax.arguments();
        return place < arguments.size() ? of(arguments.get(place).label(), word, manager) : NOTHING;
    }

    /** The option that takes the word behind this one. */
    private static Optional<Option<?>> valued(Syntax syntax, String word) {
        return word.startsWith("-") && !word.contains("=")
                ? syntax.find(word)
                        .filter(option ->
                                option.names().contains(word) && !option.label().isEmpty())
                : Optional.empty();
    }

    private static Completion of(String label, String word, DiskManager manager) {
        return switch (label) {
            case "IMAGE", "SRC", "A", "B", "FROM", "INTO" -> new Completion(disks(manager), Files.ALL);
            case "LOCATION", "DST", "FILE" -> new Completion(List.of(), Files.ALL);
            case "FOLDER" -> new Completion(List.of(), Files.FOLDERS);
            case "NAME" -> known(disks(manager).stream());
            case "FORMAT" ->
                known(manager.formats().stream().map(FormatInfo::name).distinct());
            case "ID" -> known(manager.jobs().stream().map(job -> Long.toString(job.id())));
            case "HOW" -> known(Stream.of("auto", "bar", "json", "none"));
            case "UUID|new" -> known(Stream.of("new"));
            case "UUID|none" -> known(Stream.of("none"));
            case "V[,V…]" -> listed(word, Values.VARIANTS);
            case "F[,F…]" -> listed(word, Values.openFlagWords(java.util.Set.of(OpenFlag.values())));
            default -> NOTHING;
        };
    }

    private static Completion known(Stream<String> words) {
        return new Completion(words.toList(), Files.NONE);
    }

    /** The words behind what is there up to the last comma. */
    private static Completion listed(String word, List<String> words) {
        String front = word.substring(0, word.lastIndexOf(',') + 1);
        return known(words.stream().map(front::concat));
    }

    private static List<String> disks(DiskManager manager) {
        List<String> names = new ArrayList<>();
        manager.disks().forEach(disk -> names.add(disk.options().name()));
        names.removeIf(String::isEmpty);
        return names;
    }
}
