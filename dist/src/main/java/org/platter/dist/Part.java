// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** A bundle file of the product: one of ours or of the platform, or a plugin that somebody has installed. */
record Part(Path jar, boolean plugin, boolean started) implements Comparable<Part> {
    private static final List<String> LAST = List.of("org.platter.shell-", "org.apache.felix.gogo.jline-");

    private static final Comparator<Part> ORDER = Comparator.comparingInt((Part part) -> LAST.indexOf(part.stem()))
            .thenComparing(Part::plugin)
            .thenComparing(Part::jar);

    /** What the mode needs, in the order of starting: platform, ours, plugins, shell, and the prompt at the very end. */
    static List<Part> of(Path home, Path store, Mode mode, Messages messages) {
        List<Part> parts = new ArrayList<>();
        collect(home.resolve("bundles").toFile(), false, mode, parts);
        collect(store.toFile(), true, mode, parts);
        Set<String> disabled = disabled(store.resolve("disabled"), messages);
        parts.removeIf(part -> disabled.contains(part.jar.getFileName().toString()));
        parts.sort(null);
        return parts;
    }

    /** File names of bundles that an upgrade or removal has taken out of service. */
    private static Set<String> disabled(Path list, Messages messages) {
        try {
            return Files.notExists(list) ? Set.of() : Set.copyOf(Files.readAllLines(list));
        } catch (IOException e) {
            // then two versions serve side by side, the newer one first, and what was removed is there again
            messages.failed("the list of formats that are out of service is not regarded", e);
            return Set.of();
        }
    }

    boolean shell() {
        return stem().equals(LAST.get(0));
    }

    /** Whether it takes part in stopping: the libraries and the platform end with the process. */
    boolean ours() {
        return plugin || stem().startsWith("org.platter.");
    }

    @Override
    public int compareTo(Part other) {
        return ORDER.compare(this, other);
    }

    /** The file name up to the version. */
    private String stem() {
        String name = jar.getFileName().toString();
        return name.substring(0, name.indexOf('-') + 1);
    }

    private static void collect(File folder, boolean plugin, Mode mode, List<Part> parts) {
        File[] files = folder.listFiles((parent, name) -> name.endsWith(".jar") && mode.needs(name));
        for (File file : files == null ? new File[0] : files) {
            parts.add(new Part(file.toPath(), plugin, mode.starts(file.getName())));
        }
    }
}
