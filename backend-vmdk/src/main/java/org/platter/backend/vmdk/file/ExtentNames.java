// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.file;

import java.io.IOException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.platter.backend.vmdk.descriptor.LineScanner;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageContext;
import org.platter.storage.Storage;

/**
 * Finds the file that a descriptor means. The name as it stands counts if there is such a file and it may be used; else
 * the file beside the descriptor that was renamed with it, has the plain name, or differs from it in nothing but case and
 * the form of its letters. Never a file of another folder. For one image.
 */
public final class ExtentNames {
    private final ImageContext context;
    private final boolean devices;
    private final Map<String, String> found = new HashMap<>(); // where the name is another than the written one
    private final List<String> notes = new ArrayList<>();
    private List<String> siblings; // once they were asked for

    private ExtentNames(ImageContext context, boolean devices) {
        this.context = context;
        this.devices = devices;
    }

    /** For an image that consists of files. */
    public static ExtentNames ofFiles(ImageContext context) {
        return new ExtentNames(context, false);
    }

    /** For an image whose names with folders are devices, which are nowhere else. */
    public static ExtentNames ofDevices(ImageContext context) {
        return new ExtentNames(context, true);
    }

    /** Opens a file by its name. */
    @FunctionalInterface
    public interface Files {
        /** The storage; {@code NOT_FOUND} or {@code DENIED} if another name is to be tried. */
        Storage open(String name) throws IOException;
    }

    /** The file that a name stands for. */
    public Storage open(String name, Files files) throws IOException {
        try {
            return files.open(found.getOrDefault(name, name));
        } catch (DiskException e) {
            if (!elsewhere(e)) {
                throw e;
            }
            if (name.startsWith("vsan:")) {
                throw Bad.unsupported("VMDK extent: is an object of a vSAN datastore, which only its ESX servers reach;"
                        + " export the disk there");
            }
            return beside(name, files, e);
        }
    }

    private static boolean elsewhere(DiskException e) {
        return e.code() == ErrorCode.NOT_FOUND || e.code() == ErrorCode.DENIED;
    }

    private Storage beside(String name, Files files, DiskException first) throws IOException {
        for (String other : others(name)) {
            try {
                Storage file = files.open(other);
                found.put(name, other);
                notes.add("VMDK descriptor: names the extent " + LineScanner.shown(name)
                        + "; the file beside it is used instead: " + LineScanner.shown(other));
                return file;
            } catch (DiskException e) {
                if (!elsewhere(e)) {
                    throw e;
                }
            }
        }
        List<String> alike = alike(plain(name));
        if (!device(name) && alike.size() > 1) {
            throw new DiskException(
                    ErrorCode.NOT_FOUND,
                    "VMDK extent: there is no such file, and " + alike.size()
                            + " differ from it only in case or the form of letters: "
                            + alike.stream().map(LineScanner::shown).collect(Collectors.joining(", "))
                            + "; give the right one this name");
        }
        throw first;
    }

    private Set<String> others(String name) throws IOException {
        String plain = plain(name);
        Set<String> others = new LinkedHashSet<>();
        if (device(name) || plain.isEmpty() || plain.equals(".") || plain.equals("..")) {
            return others;
        }
        UnrenamedExtents.name(context.location(), name).ifPresent(others::add);
        others.add(plain);
        UnrenamedExtents.name(context.location(), plain).ifPresent(others::add);
        List<String> alike = alike(plain);
        if (alike.size() == 1) {
            others.addAll(alike);
        }
        others.remove(name);
        return others;
    }

    private static String plain(String name) {
        return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    }

    /** True if the name is that of a device. */
    public boolean device(String name) {
        return devices && !plain(name).equals(name);
    }

    private List<String> alike(String name) throws IOException {
        siblings = siblings == null ? context.siblings() : siblings;
        String folded = folded(name);
        String main = UnrenamedExtents.name(context.location());
        return siblings.stream()
                .filter(each -> folded(each).equals(folded) && !each.equals(main))
                .toList();
    }

    private static String folded(String name) {
        String upper = Normalizer.normalize(name, Normalizer.Form.NFC).toUpperCase(Locale.ROOT);
        return Normalizer.normalize(upper.toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
    }

    /** The name under which the file of a name was found, or the same. */
    public String found(String name) {
        return found.getOrDefault(name, name);
    }

    /** True if the file is called as those that the image was made with. */
    public boolean own(String name) {
        return UnrenamedExtents.own(context.location(), found(name));
    }

    /** What the user should know of names. */
    public List<String> notes() {
        return notes;
    }
}
