// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.util.Set;
import java.util.UUID;
import org.platter.disk.CreateRequest;
import org.platter.format.ImageFlag;
import org.platter.shell.option.Option;
import org.platter.shell.option.Syntax;

/** The options that say what image is made. */
public final class NewImage {
    private final Option<Set<ImageFlag>> variant;
    private final Option<String> comment;
    private final Option<UUID> uuid;

    /** Declares the options. */
    public NewImage(Syntax syntax) {
        variant = syntax.options(
                "--variant", "V[,V…]", Values::variants, "the kind of image: " + String.join(", ", Values.VARIANTS));
        comment = syntax.option("--comment", "TEXT", word -> word, "a comment to store");
        uuid = syntax.option("--uuid", "UUID", Values::uuid, "its UUID, else a random one");
    }

    /** True if something was given. */
    public boolean given() {
        return variant.given() || comment.given() || uuid.given();
    }

    /** The request with what was given. */
    public CreateRequest apply(CreateRequest request) {
        CreateRequest changed = request;
        for (Set<ImageFlag> flags : variant.values()) {
            changed = changed.with(flags.toArray(ImageFlag[]::new));
        }
        if (comment.given()) {
            changed = changed.withComment(comment.value().orElseThrow());
        }
        return uuid.given() ? changed.withUuid(uuid.value().orElseThrow()) : changed;
    }
}
