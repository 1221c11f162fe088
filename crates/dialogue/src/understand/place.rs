//! Places on a photo, as people say them: `左上角那条`, `the one at the bottom left`.

use ermu_domain::NineGrid;

/// The place that a normalised text names.
pub(crate) fn place(normalised: &str) -> Option<NineGrid> {
    const PLACES: [(NineGrid, &str); 9] = [
        (
            NineGrid::TopLeft,
            "左上|top left|upper left|arriba a la izquierda|superior izquierd|superior esquerd|اعلي اليسار",
        ),
        (
            NineGrid::TopRight,
            "右上|top right|upper right|arriba a la derecha|superior derech|superior direit|اعلي اليمين",
        ),
        (
            NineGrid::BottomLeft,
            "左下|bottom left|lower left|abajo a la izquierda|inferior izquierd|inferior esquerd|اسفل اليسار",
        ),
        (
            NineGrid::BottomRight,
            "右下|bottom right|lower right|abajo a la derecha|inferior derech|inferior direit|اسفل اليمين",
        ),
        (
            NineGrid::Left,
            "左边|左侧|左面|on the left|left one|left side|la izquierda|lado esquerdo|da esquerda|علي اليسار",
        ),
        (
            NineGrid::Right,
            "右边|右侧|右面|on the right|right one|right side|la derecha|lado direito|da direita|علي اليمين",
        ),
        (NineGrid::Top, "上面那|上方|顶上|最上面|at the top|top one|upper one|de arriba|de cima|في الاعلي"),
        (NineGrid::Bottom, "下面那|下方|底下|最下面|at the bottom|bottom one|lower one|de abajo|de baixo|في الاسفل"),
        (
            NineGrid::Centre,
            "中间|中央|正中|in the middle|middle one|in the centre|in the center|en el centro|en medio|no meio|no centro|في الوسط",
        ),
    ];
    PLACES.iter().find(|(_, words)| words.split('|').any(|word| normalised.contains(word))).map(|(place, _)| *place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_words() {
        assert_eq!(place("左上角那条"), Some(NineGrid::TopLeft));
        assert_eq!(place("the one on the right"), Some(NineGrid::Right));
        assert_eq!(place("是的"), None);
    }
}
